import { post } from "./post.ts";

/** A message on its way: kept in this tab until the server has it. */
export interface Outgoing {
  readonly id: string;
  readonly text: string;
  readonly files: readonly { id: string; name: string }[];
}

const PAUSES = [1, 2, 4, 8, 15];

/** How a sending ended for now. */
type Fate = { kind: "sent"; html: string } | { kind: "refused"; why: string } | { kind: "later" };

/** A random id; `crypto.randomUUID` exists on secure addresses only. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

interface Place {
  sent(html: string, message: Outgoing): void;
  refused(message: Outgoing, why: string): void;
  waits(): void;
  after(): number;
}

/**
 * Sends one message after the other, each until the server has it. A sending keeps its id, so a
 * repeat whose answer was lost doubles nothing; what waits survives a reload of the tab.
 */
export class Outbox {
  private busy = false;
  private timer = 0;
  private tries = 0;
  private readonly name: string;

  constructor(
    private readonly address: string,
    private readonly place: Place,
  ) {
    this.name = `outgoing:${address}`;
  }

  /** What waits, oldest first. */
  waiting(): Outgoing[] {
    try {
      return JSON.parse(sessionStorage.getItem(this.name) ?? "[]") as Outgoing[];
    } catch {
      return [];
    }
  }

  add(message: Outgoing): void {
    this.keep([...this.waiting().filter((each) => each.id !== message.id), message]);
    void this.flush();
  }

  /** Tries now what waits for its next try. */
  hurry(): void {
    this.tries = 0;
    void this.flush();
  }

  private keep(messages: readonly Outgoing[]): void {
    sessionStorage.setItem(this.name, JSON.stringify(messages));
  }

  private async flush(): Promise<void> {
    window.clearTimeout(this.timer);
    if (this.busy) return;
    this.busy = true;
    for (let next = this.waiting()[0]; next; next = this.waiting()[0]) {
      const fate = await this.send(next);
      if (fate.kind === "later") {
        this.place.waits();
        this.timer = window.setTimeout(() => void this.flush(), PAUSES[Math.min(this.tries++, PAUSES.length - 1)]! * 1000);
        break;
      }
      this.tries = 0;
      this.keep(this.waiting().filter((each) => each.id !== next.id));
      if (fate.kind === "sent") this.place.sent(fate.html, next);
      else this.place.refused(next, fate.why);
    }
    this.busy = false;
  }

  private async send(message: Outgoing): Promise<Fate> {
    const values: [string, string][] = [
      ["sending_id", message.id],
      ["text", message.text],
      ["after", String(this.place.after())],
      ...message.files.map((file): [string, string] => ["file_ids", file.id]),
    ];
    try {
      const answer = await post(this.address, values);
      if (answer.ok) return { kind: "sent", html: await answer.text() };
      // 401: the page leads to the log-in by itself, and what waits here goes out afterwards.
      if (answer.status >= 500 || answer.status === 429 || answer.status === 401) return { kind: "later" };
      return { kind: "refused", why: answer.status === 422 ? await answer.text() : "" };
    } catch {
      return { kind: "later" };
    }
  }
}
