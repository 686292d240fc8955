const WAIT = 160;

/**
 * Completes what is typed into a search box with addresses the server proposes.
 * `data-src` answers `?q=` with `<a role="option" href="…">` elements, or with nothing.
 */
export class Completion extends HTMLElement {
  #list: HTMLElement | undefined;
  #timer = 0;
  #asked: AbortController | undefined;

  get #input(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>('input[type="search"]');
  }

  connectedCallback(): void {
    const input = this.#input;
    if (!input || this.#list) return;
    const list = document.createElement("div");
    list.id = `${input.id || "search"}-options`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label") ?? "");
    list.hidden = true;
    this.append(list);
    this.#list = list;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("input", this.#later);
    input.addEventListener("keydown", this.#keys);
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget as Node | null)) this.#close();
    });
  }

  readonly #later = (): void => {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), WAIT);
  };

  async #ask(): Promise<void> {
    const typed = this.#input?.value.trim() ?? "";
    this.#asked?.abort();
    if (typed.length < 2) return this.#close();
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const source = new URL(this.dataset["src"] ?? "", location.href);
      source.searchParams.set("q", typed);
      const answer = await fetch(source, { signal: asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || !this.#list) return this.#close();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const options = [...page.querySelectorAll<HTMLElement>('[role="option"]')];
      options.forEach((option, index) => {
        option.id = `${this.#list?.id ?? "option"}-${index}`;
        option.tabIndex = -1;
        option.setAttribute("aria-selected", "false");
      });
      this.#list.replaceChildren(...options);
      this.#list.hidden = options.length === 0;
      this.#input?.setAttribute("aria-expanded", String(options.length > 0));
    } catch (problem) {
      if (!(problem instanceof DOMException && problem.name === "AbortError")) this.#close();
    }
  }

  readonly #keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape") return this.#close();
    const options = [...(this.#list?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
    if (!options.length || this.#list?.hidden) return;
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#select(options, (at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      options[at]?.click();
    }
  };

  #select(options: HTMLElement[], chosen: number): void {
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === chosen)));
    const option = options[chosen];
    if (!option) return;
    this.#input?.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #close(): void {
    if (this.#list) this.#list.hidden = true;
    this.#input?.setAttribute("aria-expanded", "false");
    this.#input?.removeAttribute("aria-activedescendant");
  }
}
