import { io } from "socket.io-client";

interface Listener {
  connected(again: boolean): void;
  gone(): void;
  heard(name: string, hint: Record<string, unknown>): void;
}

/** Listens to the socket process; it alone decides, by the token, which rooms this page hears. */
export function listen(origin: string, token: string, listener: Listener): void {
  let before = false;
  const socket = io(origin, { transports: ["websocket"], auth: { token }, reconnectionDelayMax: 20_000 });
  socket.on("connect", () => {
    listener.connected(before);
    before = true;
  });
  socket.on("disconnect", () => listener.gone());
  socket.onAny((name: string, hint: unknown) => {
    listener.heard(name, typeof hint === "object" && hint !== null ? (hint as Record<string, unknown>) : {});
  });
}
