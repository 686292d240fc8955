/**
 * `data-share="address"`: the system's sharing sheet, or the address into the clipboard.
 * `data-copy="text"`: the text into the clipboard.
 */
export function share(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-share]");
    if (button) void hand(button);
    const copied = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (copied) void copy(copied);
  });
}

async function copy(button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
    document.dispatchEvent(new CustomEvent("toast", { detail: button.dataset["copied"] ?? "" }));
  } catch {
    // The browser does not allow it; the text stands beside the button.
  }
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
