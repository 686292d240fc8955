import htmx from "htmx.org";

const PARTS = ["morning", "afternoon", "evening"];
// The element is swapped as a whole; what is under way outlives it.
let loading = false;
let again = false;

const ROW_KEYS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

/**
 * The slot picker: a form with links for days and radios for times that works as it is. Here the
 * summary follows the choice, days and services change in place, arrows move through the days, and
 * a hint that times have changed fetches them anew without losing the choice.
 */
export class Picker extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("change", this.#show);
    this.addEventListener("keydown", this.#walk);
    this.addEventListener("click", this.#follow);
    this.addEventListener("live", this.#refresh);
    this.#show();
    this.#reveal();
  }

  disconnectedCallback(): void {
    this.removeEventListener("change", this.#show);
    this.removeEventListener("keydown", this.#walk);
    this.removeEventListener("click", this.#follow);
    this.removeEventListener("live", this.#refresh);
  }

  get #chosen(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>('input[name="starts_at"]:checked');
  }

  /** Writes the chosen time wherever the page repeats it. */
  readonly #show = (): void => {
    const chosen = this.#chosen;
    for (const place of document.querySelectorAll<HTMLElement>("[data-chosen]")) {
      const words = chosen?.dataset[place.dataset["chosen"] ?? ""];
      if (words) place.textContent = words;
    }
  };

  /** Times have changed: those that are gone stay in their places, greyed, until they come back. */
  readonly #refresh = (): void => {
    if (loading) {
      again = true;
      return;
    }
    const address = new URL(this.dataset["address"] ?? location.href, location.href);
    const chosen = this.#chosen;
    if (chosen) address.searchParams.set("at", chosen.value);
    const before = shown(this);
    const held = focused(this);
    loading = true;
    void this.#load(address, false)
      .then(() => {
        const fresh = document.querySelector<HTMLElement>("slot-picker");
        if (!fresh) return;
        keepGone(fresh, before);
        if (held) fresh.querySelector<HTMLElement>(held)?.focus({ preventScroll: true });
      })
      .finally(() => {
        loading = false;
        if (again) {
          again = false;
          document.querySelector("slot-picker")?.dispatchEvent(new Event("live"));
        }
      });
  };

  /** Days, services and near times are links to this very page: fetch, swap, keep the address. */
  readonly #follow = (event: MouseEvent): void => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    const address = new URL(link.href);
    if (address.pathname !== location.pathname) return;
    event.preventDefault();
    void this.#load(address, true, link);
  };

  async #load(address: URL, remembered: boolean, pressed?: HTMLElement): Promise<void> {
    const strip = this.querySelector<HTMLElement>(".days");
    const scrolled = strip?.scrollLeft ?? 0;
    const walked = pressed?.classList.contains("day") ? pressed.querySelector("b")?.textContent : undefined;
    this.setAttribute("aria-busy", "true");
    await htmx.ajax("GET", address.pathname + address.search, { target: "#times", select: "#times", swap: "outerHTML" });
    if (remembered) history.replaceState(history.state, "", address);
    const fresh = document.querySelector<HTMLElement>("slot-picker .days");
    if (!fresh || walked === undefined) return;
    fresh.scrollLeft = scrolled;
    fresh.querySelector<HTMLElement>("[aria-current]")?.focus({ preventScroll: true });
  }

  readonly #walk = (event: KeyboardEvent): void => {
    const step = ROW_KEYS[event.key];
    const day = (event.target as HTMLElement).closest<HTMLElement>(".day");
    if (step === undefined || !day) return;
    const days = [...this.querySelectorAll<HTMLElement>("a.day")];
    const next = days[days.indexOf(day) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  #reveal(): void {
    const strip = this.querySelector<HTMLElement>(".days");
    const day = strip?.querySelector<HTMLElement>("[aria-current]");
    if (!strip || !day) return;
    strip.scrollLeft = day.offsetLeft - strip.offsetLeft - (strip.clientWidth - day.clientWidth) / 2;
  }
}

interface Shown {
  readonly service: string;
  readonly day: string;
  readonly slots: readonly { part: string; value: string; label: HTMLElement }[];
}

const inputs = (picker: ParentNode): HTMLInputElement[] => [...picker.querySelectorAll<HTMLInputElement>('input[name="starts_at"]')];

/** The times of the day that a picker shows. */
function shown(picker: HTMLElement): Shown {
  return {
    service: picker.querySelector<HTMLInputElement>('input[name="service_id"]')?.value ?? "",
    day: picker.querySelector<HTMLElement>(".day[aria-current]")?.textContent ?? "",
    slots: inputs(picker).flatMap((input) => {
      const label = input.closest("label");
      const part = input.closest<HTMLElement>("[data-part]")?.dataset["part"] ?? "";
      return label ? [{ part, value: input.value, label }] : [];
    }),
  };
}

/** Puts the times that have gone since back into the day, greyed and said once. */
function keepGone(picker: HTMLElement, before: Shown): void {
  const now = shown(picker);
  if (now.service !== before.service || now.day !== before.day) return;
  const present = new Set(now.slots.map((slot) => slot.value));
  const soonest = Date.now() + Number(picker.dataset["notice"] ?? "0") * 1000;
  const words = picker.dataset["taken"] ?? "";
  const told: string[] = [];
  for (const { part, value, label } of before.slots) {
    if (present.has(value) || Date.parse(value) < soonest) continue;
    const list = picker.querySelector(`[data-part="${part}"] .slots`) ?? emptyPart(picker, part, label);
    if (!list) continue;
    const gone = label.cloneNode(true) as HTMLElement;
    const input = gone.querySelector("input");
    if (!input) continue;
    if (!gone.classList.contains("taken")) told.push(gone.querySelector("time")?.textContent ?? "");
    gone.classList.add("taken");
    input.disabled = true;
    input.checked = false;
    gone.querySelector("span")?.remove();
    const said = document.createElement("span");
    said.textContent = words;
    gone.append(said);
    const later = inputs(list).find((other) => Date.parse(other.value) > Date.parse(value));
    list.insertBefore(gone, later?.closest("label") ?? null);
  }
  const news = picker.querySelector("[data-news]");
  if (news && told.length) news.textContent = `${told.join(", ")}: ${words}`;
}

/** The morning, afternoon or evening again that lost its last free time. */
function emptyPart(picker: HTMLElement, part: string, label: HTMLElement): Element | null {
  const made = label.closest("[data-part]")?.cloneNode(true) as HTMLElement | undefined;
  const list = made?.querySelector(".slots");
  if (!made || !list) return null;
  list.replaceChildren();
  const after = PARTS.slice(PARTS.indexOf(part) + 1);
  const next = after.map((name) => picker.querySelector(`[data-part="${name}"]`)).find((one) => one !== null);
  const place = next ?? picker.querySelector("[data-news]");
  place?.before(made);
  return list;
}

/** How to find what has the focus again after a swap. */
function focused(picker: HTMLElement): string {
  const active = document.activeElement;
  if (!active || !picker.contains(active)) return "";
  if (active instanceof HTMLInputElement) return `input[value="${CSS.escape(active.value)}"]`;
  const address = active.getAttribute("href");
  return address ? `a[href="${CSS.escape(address)}"]` : "button";
}
