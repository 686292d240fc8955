import htmx from "htmx.org";

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

  readonly #refresh = (): void => {
    const address = new URL(this.dataset["address"] ?? location.href, location.href);
    const chosen = this.#chosen;
    if (chosen) address.searchParams.set("at", chosen.value);
    void this.#load(address, false);
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
