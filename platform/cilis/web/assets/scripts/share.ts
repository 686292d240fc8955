/** `data-share="address"`: the system's sharing sheet, or the address into the clipboard. */
export function share(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-share]");
    if (button) void hand(button);
  });
}

async function hand(button: HTMLElement): Promise<void> {
  const url = button.dataset["share"] ?? location.href;
  try {
    if (typeof navigator.share === "function") await navigator.share({ url, title: document.title });
    else {
      await navigator.clipboard.writeText(url);
      document.dispatchEvent(new CustomEvent("toast", { detail: button.dataset["shared"] ?? "" }));
    }
  } catch {
    // The person closed the sheet, or the browser does not allow it: nothing to say.
  }
}
