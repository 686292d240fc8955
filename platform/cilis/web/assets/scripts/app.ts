// Everything here only helps: each page works, up to and including payment, without it.
import "htmx.org";

import { arrivals } from "./arrivals.ts";
import { Completion } from "./completion.ts";
import { Countdown } from "./countdown.ts";
import { dialogs } from "./dialogs.ts";
import { Filter } from "./filter.ts";
import { forms } from "./forms.ts";
import { live } from "./live.ts";
import { Picker } from "./picker.ts";
import { share } from "./share.ts";
import { tabs } from "./tabs.ts";
import { theme } from "./theme.ts";
import { toasts } from "./toasts.ts";
import { zone } from "./zone.ts";

customElements.define("count-down", Countdown);
customElements.define("filter-list", Filter);
customElements.define("slot-picker", Picker);
customElements.define("search-completion", Completion);
tabs();
zone();
dialogs();
theme(); // before forms(), which marks what is really sent as busy
forms();
share();
toasts();
live();
arrivals();
if (document.querySelector("chat-thread")) void import("./chat.ts").then(({ ChatThread }) => customElements.define("chat-thread", ChatThread));
if (document.querySelector("form[data-draws]")) void import("./brand.ts").then(({ brand }) => brand());
