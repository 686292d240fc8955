/** A pressed button says that it works and cannot be pressed twice. */
export function forms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset["sent"] !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "";
    const button = (event as SubmitEvent).submitter;
    if (button instanceof HTMLButtonElement) button.setAttribute("aria-busy", "true");
  });
  const free = (form: HTMLFormElement): void => {
    if (form.dataset["sent"] === undefined) return;
    delete form.dataset["sent"];
    for (const button of document.querySelectorAll<HTMLButtonElement>('button[aria-busy="true"]')) {
      if (button.form === form) button.removeAttribute("aria-busy");
    }
  };
  // Coming back through the browser's history shows the page as it was left: busy.
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(free));
  document.addEventListener("htmx:after:request", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form") : null; // a part that is gone tells the document
    if (form) free(form);
  });
  // What was refused to the script is sent as a plain form: its page says why.
  document.addEventListener("htmx:response:error", (event) => {
    const form = event.target;
    if (form instanceof HTMLFormElement && form.dataset["plainly"] !== undefined) form.submit();
  });
  // A control that stands outside of its form (the order of a list) sends it by itself.
  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control instanceof HTMLSelectElement && control.dataset["sends"] !== undefined) control.form?.requestSubmit();
  });
  // What was chosen stands in the drop area, in place of the browser's own words.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file") return;
    const chosen = input.closest(".drop")?.querySelector<HTMLElement>(".drop-chosen");
    if (!chosen) return;
    chosen.textContent = [...(input.files ?? [])].map((file) => file.name).join(", ");
    chosen.hidden = chosen.textContent === "";
  });
  // A search without words and filters without values stay out of the address.
  document.addEventListener("formdata", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "get") return;
    for (const [name, value] of [...event.formData.entries()]) if (value === "") event.formData.delete(name);
  });
}
