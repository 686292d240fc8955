import htmx from "htmx.org";

const POLL = 10_000;

interface Hint {
  readonly [name: string]: unknown;
}

/**
 * Asks anew for the parts of a page that changed. A part is an element with `hx-trigger="live"`,
 * `data-live` (socket events, space between) and perhaps `data-subject` (an id the event must
 * name). A hint may be lost, so parts are also asked for when the socket is there and when it comes back, when a
 * countdown ends, when the page is looked at again, and every ten seconds while the socket is down.
 */
export function live(): void {
  let connected = false;
  const refresh = (wanted: (part: HTMLElement) => boolean): void => {
    for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
      if (wanted(part)) htmx.trigger(part, "live");
    }
  };
  document.addEventListener("countdown:over", () => refresh(() => true));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !connected) refresh(() => true);
  });
  window.setInterval(() => {
    if (!document.hidden) refresh((part) => part.dataset["poll"] !== undefined || (!connected && part.dataset["still"] === undefined));
  }, POLL);

  const { socketOrigin: origin, socketToken: token } = document.body.dataset;
  if (!origin || !token) return;
  void import("./socket.ts").then(({ listen }) =>
    listen(origin, token, {
      connected(again) {
        connected = true;
        // What happened between the page's writing and now was told to nobody here.
        refresh((part) => again || part.dataset["still"] === undefined);
      },
      gone() {
        connected = false;
      },
      heard(name, hint: Hint) {
        document.dispatchEvent(new CustomEvent("hint", { detail: { name, hint } }));
        if (name === "identity.session_ended") return location.reload();
        refresh((part) => names(part, name) && concerns(part, hint));
      },
    }),
  );
}

const names = (part: HTMLElement, name: string): boolean => (part.dataset["live"] ?? "").split(" ").includes(name);

const concerns = (part: HTMLElement, hint: Hint): boolean => {
  const subject = part.dataset["subject"];
  return !subject || Object.values(hint).includes(subject);
};
