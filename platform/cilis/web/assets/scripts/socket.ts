import { io } from "socket.io-client";

interface Listener {
  connected(again: boolean): void;
  gone(): void;
  heard(name: string, hint: Record<string, unknown>): void;
}

/** What a page may say to the socket process. */
export interface Voice {
  say(name: string, hint: Record<string, unknown>): void;
}

const REFUSED_PAUSE = 20_000;

/** Listens to the socket process; it alone decides, by the token, which rooms this page hears. */
export function listen(origin: string, token: string, listener: Listener): Voice {
  let before = false;
  const socket = io(origin, { transports: ["websocket"], auth: { token }, reconnectionDelayMax: 5_000 });
  socket.on("connect", () => {
    listener.connected(before);
    before = true;
  });
  socket.on("disconnect", (reason) => {
    listener.gone();
    // Dropped or refused by the server: the library leaves the next try to us.
    if (reason === "io server disconnect") window.setTimeout(() => socket.connect(), REFUSED_PAUSE);
  });
  socket.on("connect_error", () => {
    if (!socket.active) window.setTimeout(() => socket.connect(), REFUSED_PAUSE);
  });
  socket.onAny((name: string, hint: unknown) => {
    listener.heard(name, typeof hint === "object" && hint !== null ? (hint as Record<string, unknown>) : {});
  });
  return {
    say(name, hint) {
      if (socket.connected) socket.volatile.emit(name, hint);
    },
  };
}
