const LIFETIME = 7000;

/** Lets short messages go after a while, never while they are looked at. */
export function toasts(): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  const leave = (toast: Element): void => {
    window.setTimeout(() => {
      if (toast.matches(":hover, :focus-within")) return leave(toast);
      toast.classList.add("leaving");
      window.setTimeout(() => toast.remove(), 240);
    }, LIFETIME);
  };
  for (const toast of place.children) leave(toast);
  document.addEventListener("toast", (event) => {
    const toast = document.createElement("div");
    const words = document.createElement("p");
    toast.className = "toast";
    words.textContent = String((event as CustomEvent<string>).detail);
    toast.append(words);
    place.append(toast);
    leave(toast);
  });
}
