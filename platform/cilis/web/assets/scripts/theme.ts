/** Shows light or dark at once where a form would load the page again, and lets the server remember it. */
export function theme(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["themeChoice"] === undefined) return;
    if (!(event.submitter instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    show(chosen);
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, event.submitter)) if (typeof value === "string") body.append(name, value);
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => form.submit());
  });
}

function show(chosen: string): void {
  const root = document.documentElement;
  const fixed = chosen === "light" || chosen === "dark";
  if (fixed) root.dataset["theme"] = chosen;
  else delete root.dataset["theme"];
  document.querySelector("meta[name=color-scheme]")?.setAttribute("content", fixed ? chosen : "light dark");
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-choice] button")) {
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
}
