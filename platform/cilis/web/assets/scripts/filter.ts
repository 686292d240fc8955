const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[đĐ]/g, "d")
    .replace(/ß/g, "ss")
    .toLowerCase();

/**
 * Narrows a long list to what is typed. Its field is marked `data-filter`; each entry has
 * `data-words` (folded); what is chosen stays; `data-none` is shown when nothing fits.
 */
export class Filter extends HTMLElement {
  connectedCallback(): void {
    const field = this.querySelector<HTMLInputElement>("input[data-filter]");
    if (!field) return;
    field.addEventListener("input", () => this.#narrow(plain(field.value).split(/\s+/).filter(Boolean)));
    // Enter looks for something here; it must not send the form around it.
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }

  #narrow(typed: readonly string[]): void {
    let shown = 0;
    for (const entry of this.querySelectorAll<HTMLElement>("[data-words]")) {
      const words = entry.dataset["words"] ?? "";
      const chosen = entry.querySelector<HTMLInputElement>("input:checked") !== null;
      const fits = typed.every((word) => words.includes(word));
      entry.hidden = !fits && !chosen;
      if (fits) shown += 1;
    }
    const none = this.querySelector<HTMLElement>("[data-none]");
    if (none) none.hidden = shown > 0;
  }
}
