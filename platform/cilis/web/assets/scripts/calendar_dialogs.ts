/** What the page's `entries` answers: times on the expert's wall clock. */
export interface Entry {
  readonly id: string | null;
  readonly kind: "open" | "off" | "extra" | "booking" | "busy" | "outside" | "unreadable";
  readonly state?: string;
  readonly start: string;
  readonly end: string;
  readonly title: string;
  /** What open or extra hours are kept for; `held` is how the form names it, empty is everything. */
  readonly mode?: string;
  readonly place?: string;
  readonly held?: string;
  readonly detail?: string;
  readonly href?: string;
}

/** The form of the page, filled: for a new exception or, with an id, for one that is there. */
export function askForTime(id: string, values: Record<string, string>): void {
  const dialog = document.getElementById("add-time");
  const form = dialog?.querySelector<HTMLFormElement>("form[data-exception]");
  const removal = dialog?.querySelector<HTMLFormElement>("form[data-removal]");
  if (!(dialog instanceof HTMLDialogElement) || !form || !removal) return;
  const address = form.dataset["exception"] ?? "";
  form.action = id ? `${address}/${id}` : address;
  removal.action = `${address}/${id}/removal`;
  removal.hidden = !id;
  const button = form.querySelector("button");
  if (button) button.textContent = (id ? form.dataset["change"] : form.dataset["add"]) ?? button.textContent;
  for (const [name, value] of Object.entries(values)) {
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>(`[name="${name}"]`)) {
      if (field instanceof HTMLInputElement && field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }
  dialog.showModal();
  form.querySelector<HTMLInputElement>('input[name="day"]')?.focus();
}

/** Who comes when, with the way to the booking. */
export function showSession(entry: Entry, day: Date, locale: string): void {
  const dialog = document.getElementById("event-sheet");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const words = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const parts: Record<string, string> = {
    title: entry.title,
    detail: entry.detail ?? "",
    time: `${words.format(day)}, ${entry.start.slice(11)}–${entry.end.slice(11)}`,
  };
  for (const [name, text] of Object.entries(parts)) {
    const place = dialog.querySelector(`[data-part="${name}"]`);
    if (place) place.textContent = text;
  }
  const link = dialog.querySelector<HTMLAnchorElement>('[data-part="href"]');
  if (link) {
    link.hidden = !entry.href;
    link.href = entry.href ?? "";
  }
  dialog.showModal();
}
