import { isLive, reread, say } from "./live.ts";
import { newId, Outbox, type Outgoing } from "./outgoing.ts";
import { post } from "./post.ts";
import { Tray } from "./uploads.ts";

const POLL = 4_000;
const SLOW_POLL = 30_000;
const TYPING_SHOWN = 4_000;
const TYPING_EVERY = 2_000;
const NEAR = 80;

/**
 * One conversation. What stands in it comes from the server alone, always as "everything after the
 * last number I have": so a lost hint, a dead socket or a repeated answer neither loses nor doubles
 * a line, and both sides see one order. Hints only say that it is worth asking.
 */
export class ChatThread extends HTMLElement {
  private last = 0;
  private marked = 0;
  private asking = false;
  private again = false;
  private typedAt = 0;
  private typingTimer = 0;
  private pinned = false;
  private deaf = false;
  private stuck = false;
  private outbox!: Outbox;
  private tray: Tray | undefined;

  connectedCallback(): void {
    this.last = Number(this.dataset["last"]);
    this.marked = Number(this.dataset["mineRead"]);
    this.goToStart();
    this.log.addEventListener("scroll", () => this.looked(), { passive: true });
    // The lines keep their end in sight when the keyboard, a file or a notice takes room.
    new ResizeObserver(() => {
      if (this.pinned) this.goToEnd();
    }).observe(this.log);
    this.find("[data-load-older]")?.addEventListener("click", (event) => {
      event.preventDefault();
      void this.loadOlder();
    });
    if (this.dataset["frozen"] !== undefined) return;
    this.outbox = new Outbox(this.dataset["address"]!, {
      sent: (html, message) => this.sent(html, message),
      refused: (message, why) => this.refused(message, why),
      waits: () => this.showLine({ stuck: true }),
      after: () => this.last,
    });
    this.compose();
    this.listen();
    for (const message of this.outbox.waiting()) this.showPending(message);
    this.outbox.hurry();
    this.looked();
  }

  // What comes

  private listen(): void {
    document.addEventListener("hint", (event) => {
      const { name, hint } = (event as CustomEvent<{ name: string; hint: Record<string, unknown> }>).detail;
      const here = hint["conversation_id"] === this.dataset["conversation"];
      if (here && name === "messaging.typing" && hint["person_id"] === this.dataset["other"]) return this.showTyping();
      if (here && name === "messaging.marked" && hint["person_id"] === this.dataset["other"]) return this.showMarks(Number(hint["read"]), Number(hint["delivered"]));
      if ((here && name.startsWith("messaging.")) || (name === "presence.changed" && hint["person_id"] === this.dataset["other"])) void this.ask();
    });
    document.addEventListener("live:connected", () => this.wake());
    window.addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.wake();
    });
    let asked = Date.now();
    window.setInterval(() => {
      if (document.hidden || Date.now() - asked < (isLive() ? SLOW_POLL : POLL)) return;
      asked = Date.now();
      void this.ask();
    }, 1_000);
  }

  private wake(): void {
    void this.ask();
    this.outbox.hurry();
  }

  /** Asks for what comes after the last line; one question at a time, and once more if wished meanwhile. */
  private async ask(): Promise<void> {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    do {
      this.again = false;
      try {
        const answer = await fetch(`${this.dataset["address"]}/news?after=${this.last}`);
        if (answer.redirected || answer.status === 401 || answer.status === 404) return location.reload();
        if (!answer.ok) break;
        this.again = this.apply(await answer.text()) || this.again;
        this.showLine({ deaf: false });
      } catch {
        this.showLine({ deaf: true });
        break;
      }
    } while (this.again);
    this.asking = false;
  }

  /** Puts what is new below; true when there is more to ask for. */
  private apply(html: string): boolean {
    const news = fragment(html).querySelector<HTMLElement>("[data-news]");
    if (!news) {
      location.reload();
      return false;
    }
    const atEnd = this.isAtEnd();
    let theirs = false;
    let mine = false;
    let fresh = false;
    for (const item of [...news.querySelectorAll<HTMLElement>("ol > li")]) {
      const number = Number(item.dataset["number"]);
      if (!item.dataset["number"]) {
        if (!this.hasDay(item)) this.addLine(item);
        continue;
      }
      if (number <= this.last) continue;
      this.last = number;
      fresh = true;
      theirs ||= item.classList.contains("theirs");
      mine ||= item.classList.contains("mine");
      this.find(`[data-pending-id="${item.dataset["sending"] ?? ""}"]`)?.remove();
      this.addLine(item);
    }
    if (theirs) this.hideTyping();
    if (fresh) this.find("[data-empty]")?.remove();
    this.find("[data-here]")?.replaceWith(news.querySelector("[data-here]")!);
    this.showMarks(Number(news.dataset["read"]), Number(news.dataset["delivered"]));
    if (fresh && (atEnd || mine)) this.goToEnd();
    else if (theirs) this.toEnd.hidden = false;
    this.looked();
    return news.dataset["more"] !== undefined;
  }

  /** New lines stand before those that are still on their way. */
  private addLine(item: HTMLElement): void {
    const pending = this.lines.querySelector(".pending");
    this.lines.insertBefore(item, pending);
  }

  private hasDay(item: HTMLElement): boolean {
    if (item.id === "new") return true; // what comes while one looks needs no line above it
    const day = item.dataset["day"];
    return day !== undefined && this.find(`[data-day="${day}"]`) !== null;
  }

  private async loadOlder(): Promise<void> {
    const cursor = this.dataset["older"];
    if (!cursor) return;
    delete this.dataset["older"];
    const answer = await fetch(`${this.dataset["address"]}/older?cursor=${encodeURIComponent(cursor)}`).catch(() => undefined);
    if (!answer?.ok) {
      this.dataset["older"] = cursor;
      return;
    }
    const older = fragment(await answer.text()).querySelector<HTMLElement>("[data-older]");
    const height = this.log.scrollHeight - this.log.scrollTop;
    const items = [...(older?.querySelectorAll<HTMLElement>("ol > li:not(#new)") ?? [])];
    for (const item of items) {
      const day = item.dataset["day"];
      if (day) this.find(`[data-day="${day}"]`)?.remove();
    }
    this.lines.prepend(...items);
    this.log.scrollTop = this.log.scrollHeight - height;
    if (older?.dataset["older"]) this.dataset["older"] = older.dataset["older"];
    else this.find("[data-load-older]")?.closest("p")?.remove();
  }

  private showMarks(read: number, delivered: number): void {
    for (const fate of this.querySelectorAll<HTMLElement>(".fate:not([data-state='read'])")) {
      const number = Number(fate.closest<HTMLElement>("[data-number]")?.dataset["number"]);
      fate.dataset["state"] = number <= read ? "read" : number <= delivered ? "delivered" : "sent";
    }
  }

  private showTyping(): void {
    const sign = this.find<HTMLElement>("[data-typing]")!;
    const atEnd = this.isAtEnd();
    sign.hidden = false;
    if (atEnd) this.goToEnd();
    window.clearTimeout(this.typingTimer);
    this.typingTimer = window.setTimeout(() => this.hideTyping(), TYPING_SHOWN);
  }

  private hideTyping(): void {
    window.clearTimeout(this.typingTimer);
    this.find<HTMLElement>("[data-typing]")!.hidden = true;
  }

  /** Somebody looks at the end: everything there is read. */
  private looked(): void {
    if (this.log.scrollTop < NEAR) void this.loadOlder();
    this.pinned = this.isAtEnd();
    if (!this.pinned) return;
    this.toEnd.hidden = true;
    if (document.hidden || this.marked >= this.last || this.dataset["frozen"] !== undefined) return;
    const reached = this.last;
    const before = this.marked;
    this.marked = reached;
    void post(`${this.dataset["address"]}/marks`, [["read", String(reached)]]).then(
      (answer) => {
        if (!answer.ok) this.marked = before;
        else if (!isLive()) ["threads", "messages-link"].forEach(reread); // nobody hears that it was read
      },
      () => (this.marked = before),
    );
  }

  // What goes

  private compose(): void {
    const form = this.find<HTMLFormElement>("form.composer")!;
    const box = form.querySelector("textarea")!;
    const picker = form.querySelector<HTMLInputElement>("input[type=file]")!;
    this.tray = new Tray(this.find("[data-tray]")!, this.find("[data-upload]")!, this.dataset["files"]!, () =>
      form.querySelector(".send")!.toggleAttribute("disabled", this.tray?.busy ?? false),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(box);
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
      event.preventDefault();
      this.send(box);
    });
    box.addEventListener("input", () => {
      if (Date.now() - this.typedAt < TYPING_EVERY || !box.value.trim()) return;
      this.typedAt = Date.now();
      say("typing", { conversation_id: this.dataset["conversation"] });
    });
    picker.addEventListener("change", () => {
      this.tray!.add(picker.files ?? []);
      picker.value = "";
    });
    box.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      this.tray!.add(files);
    });
    this.takeDrops();
    this.toEnd.addEventListener("click", () => this.goToEnd());
  }

  private takeDrops(): void {
    const over = (event: DragEvent, inside: boolean): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.classList.toggle("is-over", inside);
    };
    this.addEventListener("dragover", (event) => over(event, true));
    this.addEventListener("dragleave", (event) => over(event, false));
    this.addEventListener("drop", (event) => {
      over(event, false);
      this.tray!.add(event.dataTransfer?.files ?? []);
    });
  }

  private send(box: HTMLTextAreaElement): void {
    const text = box.value.trim();
    if (this.tray!.busy || (!text && !this.tray!.ready)) return;
    const message = { id: newId(), text, files: this.tray!.take() };
    box.value = "";
    this.typedAt = 0;
    this.showPending(message);
    this.goToEnd();
    this.outbox.add(message);
  }

  private sent(html: string, message: Outgoing): void {
    this.showLine({ deaf: false, stuck: false });
    const more = this.apply(html);
    // It stood there before, or lies on a later page of the news: either way the server has it.
    if (this.find(`[data-sending="${message.id}"]`)) this.find(`[data-pending-id="${message.id}"]`)?.remove();
    if (more) void this.ask();
  }

  private showPending(message: Outgoing): void {
    this.find(`[data-pending-id="${message.id}"]`)?.remove();
    const line = (this.find<HTMLTemplateElement>("[data-pending]")!.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
    line.dataset["pendingId"] = message.id;
    const names = message.files.map((file) => `📎 ${file.name}`);
    line.querySelector("[data-text]")!.textContent = [message.text, ...names].filter(Boolean).join("\n");
    line.querySelector("[data-again]")!.addEventListener("click", () => {
      this.showPending(message);
      this.outbox.add(message);
    });
    line.querySelector("[data-drop]")!.addEventListener("click", () => line.remove());
    this.lines.append(line);
  }

  private refused(message: Outgoing, why: string): void {
    this.showLine({ deaf: false, stuck: false });
    const line = this.find<HTMLElement>(`[data-pending-id="${message.id}"]`);
    if (!line) return;
    line.classList.add("failed");
    line.querySelector<HTMLElement>("[data-waiting]")!.hidden = true;
    line.querySelector<HTMLElement>("[data-failed]")!.hidden = false;
    if (why) line.querySelector("[data-why]")!.textContent = why;
  }

  /** Hearing and speaking fail apart: that news came says nothing about what still waits to go. */
  private showLine({ deaf = this.deaf, stuck = this.stuck }): void {
    this.deaf = deaf;
    this.stuck = stuck;
    this.find<HTMLElement>("[data-offline]")!.hidden = !deaf && !stuck;
  }

  // Where one looks

  private goToStart(): void {
    const target = location.hash.startsWith("#m-") ? this.find(location.hash) : this.find("#new");
    if (target) this.log.scrollTop += target.getBoundingClientRect().top - this.log.getBoundingClientRect().top - this.log.clientHeight / 3;
    else this.goToEnd();
  }

  private goToEnd(): void {
    this.pinned = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  private isAtEnd(): boolean {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  private find<E extends Element = HTMLElement>(selector: string): E | null {
    return this.querySelector<E>(selector);
  }

  private get log(): HTMLElement {
    return this.find("[data-log]")!;
  }

  private get lines(): HTMLElement {
    return this.find("[data-lines]")!;
  }

  private get toEnd(): HTMLElement {
    return this.find("[data-to-end]")!;
  }
}

const fragment = (html: string): DocumentFragment => {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
};
