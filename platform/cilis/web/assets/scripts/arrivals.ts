import { post } from "./post.ts";

/** Tells the server that this browser has heard of a message, whatever page is open. */
export function arrivals(): void {
  const link = (): HTMLElement | null => document.getElementById("messages-link");
  const tell = (): void => void post("/messages/arrived", []).catch(() => undefined);
  if (Number(link()?.dataset["unread"]) > 0) tell();
  document.addEventListener("hint", (event) => {
    const { name, hint } = (event as CustomEvent<{ name: string; hint: Record<string, unknown> }>).detail;
    if (name === "messaging.sent" && hint["from_person_id"] !== link()?.dataset["person"]) tell();
  });
}
