// Everything here only helps: each page works, up to and including payment, without it.
import "htmx.org";

import { Completion } from "./completion.ts";
import { Countdown } from "./countdown.ts";
import { dialogs } from "./dialogs.ts";
import { forms } from "./forms.ts";
import { live } from "./live.ts";
import { Picker } from "./picker.ts";
import { share } from "./share.ts";
import { toasts } from "./toasts.ts";
import { zone } from "./zone.ts";

customElements.define("count-down", Countdown);
customElements.define("slot-picker", Picker);
customElements.define("search-completion", Completion);
zone();
dialogs();
forms();
share();
toasts();
live();
