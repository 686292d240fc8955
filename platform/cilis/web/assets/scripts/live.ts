import htmx from "htmx.org";

import type { Voice } from "./socket.ts";

const POLL = 10_000;
const TYPED_IN = "textarea, input:not([type=radio], [type=checkbox], [type=submit], [type=button], [type=hidden])";

interface Hint {
  readonly [name: string]: unknown;
}

let connected = false;
let voice: Voice | undefined;

/** Whether this page hears hints at present. */
export const isLive = (): boolean => connected;

/** Tells the socket process something small that may be lost. */
export const say = (name: string, hint: Hint): void => voice?.say(name, hint);

/** Lets a part of the page read itself again, whatever was heard. */
export const reread = (id: string): void => {
  const part = document.getElementById(id);
  if (part) htmx.trigger(part, "live");
};

/**
 * Asks anew for the parts of a page that changed. A part is an element with `hx-trigger="live"`,
 * `data-live` (socket events, space between) and perhaps `data-subject` (an id the event must
 * name). A hint may be lost, so parts are also asked for when the socket is there and when it comes back, when a
 * countdown ends, when the page is looked at again, and every ten seconds while the socket is down.
 * A part in which somebody fills in a form waits until they are done, also if they began after it was asked for.
 */
export function live(): void {
  const refresh = (wanted: (part: HTMLElement) => boolean): void => {
    for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
      if (!wanted(part)) continue;
      if (isBeingFilledIn(part)) part.dataset["behind"] = "";
      else htmx.trigger(part, "live");
    }
  };
  // What came while somebody wrote is asked for when they are done.
  const catchUp = (): void => {
    window.setTimeout(() => {
      for (const part of document.querySelectorAll<HTMLElement>("[data-behind]")) {
        if (isBeingFilledIn(part)) continue;
        delete part.dataset["behind"];
        htmx.trigger(part, "live");
      }
    }, 200);
  };
  // A form that was opened while the answer was on its way must not be closed by it.
  document.addEventListener("htmx:before:swap", (event) => {
    const part = event.target;
    if (!(part instanceof HTMLElement) || part.dataset["live"] === undefined || !isBeingFilledIn(part)) return;
    event.preventDefault();
    part.dataset["behind"] = "";
  });
  document.addEventListener("focusout", catchUp);
  document.addEventListener("toggle", catchUp, true);
  document.addEventListener("countdown:over", () => refresh(() => true));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !connected) refresh(() => true);
  });
  window.setInterval(() => {
    if (!document.hidden) refresh((part) => part.dataset["poll"] !== undefined || (!connected && part.dataset["still"] === undefined));
  }, POLL);

  const { socketOrigin: origin, socketToken: token } = document.body.dataset;
  if (!origin || !token) return;
  void import("./socket.ts").then(({ listen }) => {
    voice = listen(origin, token, {
      connected(again) {
        connected = true;
        document.dispatchEvent(new CustomEvent("live:connected"));
        // What happened between the page's writing and now was told to nobody here.
        refresh((part) => again || part.dataset["still"] === undefined);
      },
      gone() {
        connected = false;
        document.dispatchEvent(new CustomEvent("live:gone"));
      },
      heard(name, hint: Hint) {
        document.dispatchEvent(new CustomEvent("hint", { detail: { name, hint } }));
        if (name === "identity.session_ended") return location.reload();
        refresh((part) => names(part, name) && concerns(part, hint));
      },
    });
  });
}

const isBeingFilledIn = (part: HTMLElement): boolean => {
  const focus = document.activeElement;
  if (part.querySelector("details[open] form")) return true;
  return focus !== null && part.contains(focus) && focus.matches(TYPED_IN);
};

const names = (part: HTMLElement, name: string): boolean => (part.dataset["live"] ?? "").split(" ").includes(name);

const concerns = (part: HTMLElement, hint: Hint): boolean => {
  const subject = part.dataset["subject"];
  return !subject || Object.values(hint).includes(subject);
};
