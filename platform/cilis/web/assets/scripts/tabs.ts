/**
 * Shows the chosen one of a row of tabs that is wider than the screen. Style alone does it where
 * the browser knows how (`scroll-initial-target`).
 */
export function tabs(): void {
  if (CSS.supports("scroll-initial-target", "nearest")) return;
  for (const chosen of document.querySelectorAll<HTMLElement>(".scroller > [aria-current]")) {
    const row = chosen.parentElement as HTMLElement;
    const from = chosen.offsetLeft - row.offsetLeft;
    const room = row.clientWidth - chosen.offsetWidth;
    if (from > room) row.scrollTo({ left: from - room / 2, behavior: "instant" });
  }
}
