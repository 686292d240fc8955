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
    delete form.dataset["sent"];
    for (const button of document.querySelectorAll('button[aria-busy="true"]')) button.removeAttribute("aria-busy");
  };
  // Coming back through the browser's history shows the page as it was left: busy.
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(free));
  document.addEventListener("htmx:after:request", (event) => {
    const form = (event.target as Element).closest("form");
    if (form) free(form);
  });
  // A search without words and filters without values stay out of the address.
  document.addEventListener("formdata", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "get") return;
    for (const [name, value] of [...event.formData.entries()]) if (value === "") event.formData.delete(name);
  });
}
