import "@event-calendar/core/index.css";
import "../styles/calendar.css";

import { type Calendar, createCalendar, Interaction, List, TimeGrid } from "@event-calendar/core";
import htmx from "htmx.org";

import { askForTime, type Entry, showSession } from "./calendar_dialogs.ts";

const PHONE = window.matchMedia("(max-width: 767px)");
const MEMORY = "calendar";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const two = (part: number): string => String(part).padStart(2, "0");
const dayOf = (date: Date): string => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const timeOf = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}`;
const mondayOf = (date: Date): Date => new Date(date.getFullYear(), date.getMonth(), date.getDate() - ((date.getDay() + 6) % 7));
// The pages write English dates as Europeans do.
const LOCALE = document.documentElement.lang.replace(/^en$/, "en-IE");
const readable = (day: string): Date => new Date(`${day}T00:00`);

/**
 * The expert's calendar to look at and to drag in. Everything it does, the list of the week and the
 * forms of the same page do as well, without scripts and by keyboard.
 */
class DeskCalendar extends HTMLElement {
  #calendar: Calendar | undefined;
  #weekOfList = "";
  #weekdays: string[] = [];
  #question = new AbortController();
  readonly #repairs = new MutationObserver(() => this.#repair());

  connectedCallback(): void {
    const remembered = this.#remembered();
    const date = readable(remembered?.date ?? this.dataset["date"] ?? dayOf(new Date()));
    this.#weekOfList = dayOf(mondayOf(readable(this.dataset["date"] ?? dayOf(date))));
    this.#weekdays = (this.dataset["weekdays"] ?? "").split("|");
    const view = remembered?.view ?? (PHONE.matches ? "timeGridDay" : "timeGridWeek");
    this.#calendar = createCalendar(this, [TimeGrid, List, Interaction], this.#options(date, view));
    this.addEventListener("live", this.#refresh);
    this.#repairs.observe(this, { childList: true, subtree: true });
    this.#repair();
    const tools = document.getElementById("calendar-tools");
    tools?.addEventListener("click", this.#steer);
    document.addEventListener("click", this.#begin, true);
    document.addEventListener("live", this.#wait, true);
  }

  disconnectedCallback(): void {
    this.#repairs.disconnect();
    document.removeEventListener("live", this.#wait, true);
    document.removeEventListener("click", this.#begin, true);
  }

  #options(date: Date, view: string): Calendar.Options {
    const hour: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return {
      date,
      view,
      locale: LOCALE,
      firstDay: 1,
      height: PHONE.matches ? "62dvh" : "min(76dvh, 760px)",
      allDaySlot: false, // until something lasts all day
      allDayContent: "",
      slotDuration: "00:30",
      scrollTime: "07:00",
      headerToolbar: { start: "", center: "", end: "" },
      dayHeaderFormat: (day: Date) => `${this.#weekdays[(day.getDay() + 6) % 7] ?? ""} ${day.getDate()}`,
      slotLabelFormat: hour,
      eventTimeFormat: hour,
      listDayFormat: { weekday: "long", day: "numeric", month: "long" },
      noEventsContent: this.dataset["none"] ?? "",
      nowIndicator: Intl.DateTimeFormat().resolvedOptions().timeZone === this.dataset["zone"],
      editable: false,
      selectable: true,
      selectMinDistance: 6,
      selectLongPressDelay: 350,
      eventLongPressDelay: 350,
      eventSources: [{ events: (asked: { start: Date; end: Date }) => this.#fetch(asked.start, asked.end) }],
      eventClassNames: ({ event }) => this.#looks(event),
      eventContent: ({ event, timeText }) => this.#words(event, timeText),
      select: ({ start, end, allDay }) => (allDay ? this.#addWhole(start) : this.#add(start, end)),
      dateClick: ({ date: at, allDay }) => (allDay ? this.#addWhole(at) : this.#add(at, new Date(at.getTime() + HOUR))),
      eventClick: ({ event, jsEvent }) => {
        jsEvent.preventDefault(); // or Enter would press what the dialog focuses first
        this.#open(event);
      },
      eventDrop: ({ event, revert }) => void this.#move(event, revert),
      eventResize: ({ event, revert }) => void this.#move(event, revert),
      datesSet: ({ start, end }) => this.#arrived(start, end),
    };
  }

  /** The calendar shows the answer that came last: of several questions only the newest may have one. */
  async #fetch(start: Date, end: Date): Promise<Calendar.EventInput[]> {
    this.#question.abort();
    this.#question = new AbortController();
    const address = new URL(this.dataset["source"] ?? "", location.href);
    address.searchParams.set("from", dayOf(start));
    address.searchParams.set("until", dayOf(end));
    const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: this.#question.signal });
    if (!answer.ok) return [];
    const found = (await answer.json()) as Entry[];
    this.#scroll(found);
    this.#calendar?.setOption("allDaySlot", found.some(isWhole));
    return found.flatMap((entry) => (isWhole(entry) ? this.#whole(entry) : [this.#event(entry)]));
  }

  /** An evening practice begins in sight, not below the fold. */
  #scroll(found: Entry[]): void {
    const own = found.filter((entry) => !isWhole(entry) && entry.kind !== "outside");
    const first = Math.min(...own.map((entry) => Number(entry.start.slice(11, 13))));
    if (Number.isFinite(first)) this.#calendar?.setOption("scrollTime", `${two(Math.max(0, first - 1))}:00`);
  }

  #event(entry: Entry): Calendar.EventInput {
    const own = entry.kind === "off" || entry.kind === "extra";
    return {
      ...(entry.id ? { id: entry.id } : {}),
      start: entry.start,
      end: entry.end,
      title: entry.title,
      editable: own,
      display: entry.kind === "open" ? "background" : "auto",
      extendedProps: { ...entry },
    };
  }

  /** A day that is closed as a whole: a line above the day says why, the day itself is only shaded. */
  #whole(entry: Entry): Calendar.EventInput[] {
    const shade = { ...this.#event(entry), editable: false, display: "background" as const };
    const line = { ...this.#event(entry), start: `${entry.start.slice(0, 10)}T00:00`, allDay: true };
    return [line, { ...shade, id: `${entry.id ?? ""}-shade-${entry.start}` }];
  }

  #looks(event: Calendar.Event): string[] {
    const { kind, state, mode } = entryOf(event);
    return [`is-${kind}`, ...(state ? [`is-${state}`] : []), ...(mode ? ["is-kept"] : [])];
  }

  #words(event: Calendar.Event, time: string): Calendar.Content {
    const { kind, detail } = entryOf(event);
    if (kind === "open" && event.title) return { domNodes: [element("span", "ev-kept", String(event.title))] };
    if (event.display === "background" || kind === "open") return { domNodes: [] };
    const nodes = [element("b", "ev-who", String(event.title)), element("span", "ev-at", event.allDay ? (this.dataset["whole"] ?? "") : time)];
    if (detail) nodes.push(element("span", "ev-what", detail));
    return { domNodes: nodes };
  }

  // -- acts

  #add(start: Date, end: Date): void {
    this.#calendar?.unselect();
    const last = dayOf(start) === dayOf(end) || (end.getHours() === 0 && end.getMinutes() === 0) ? end : start;
    askForTime("", { kind: this.#isOpen(start) ? "off" : "extra", day: dayOf(start), from: timeOf(start), until: last === start ? "00:00" : timeOf(end), held: "" });
  }

  #addWhole(start: Date): void {
    this.#calendar?.unselect();
    askForTime("", { kind: "off", day: dayOf(start), from: "", until: "", held: "" });
  }

  /** Where hours are open one wants time off, elsewhere extra hours. */
  #isOpen(at: Date): boolean {
    const events = this.#calendar?.getEvents() ?? [];
    return events.some((one) => entryOf(one).kind === "open" && one.start <= at && at < one.end);
  }

  #open(event: Calendar.Event): void {
    const entry = entryOf(event);
    if (entry.kind === "booking") return showSession(entry, event.start, LOCALE);
    if (entry.kind !== "off" && entry.kind !== "extra") return;
    const whole = entry.start.endsWith("T00:00") && entry.end.endsWith("T00:00");
    askForTime(String(event.id), {
      kind: entry.kind,
      day: entry.start.slice(0, 10),
      from: whole ? "" : entry.start.slice(11),
      until: whole ? "" : entry.end.slice(11),
      held: entry.held ?? "",
    });
  }

  /** "Add" by its button, when the calendar was not dragged in: today, or the first day shown. */
  readonly #begin = (event: Event): void => {
    const opener = (event.target as Element).closest('[data-opens="add-time"]');
    if (!opener) return;
    event.preventDefault();
    event.stopPropagation();
    const view = this.#calendar?.getView();
    const today = this.dataset["today"] ?? "";
    const shown = view && dayOf(view.currentStart) > today ? dayOf(view.currentStart) : today;
    askForTime("", { kind: "off", day: shown, from: "", until: "", held: "" });
  };

  async #move(event: Calendar.Event, revert: () => void): Promise<void> {
    const { kind, mode = "", place = "" } = entryOf(event);
    const { start, end } = event;
    const midnight = end.getHours() === 0 && end.getMinutes() === 0;
    const oneDay = dayOf(start) === dayOf(new Date(end.getTime() - (midnight ? 60_000 : 0)));
    const body = { kind, mode, place, day: dayOf(start), start: timeOf(start), end: midnight ? "24:00" : timeOf(end) };
    const done = oneDay && (await this.#send(`${this.dataset["api"]}/${event.id}`, body));
    if (!done) revert();
    this.#tell(done ? this.dataset["saved"] : this.dataset["failed"]);
    if (done) this.#refresh();
  }

  async #send(address: string, body: unknown): Promise<boolean> {
    const token = JSON.parse(document.documentElement.getAttribute("hx-headers:inherited") ?? "{}") as Record<string, string>;
    try {
      const headers = { ...token, "Content-Type": "application/json" };
      return (await fetch(address, { method: "PUT", headers, body: JSON.stringify(body) })).ok;
    } catch {
      return false;
    }
  }

  #tell(words: string | undefined): void {
    if (words) document.dispatchEvent(new CustomEvent("toast", { detail: words }));
  }

  // -- going about

  /** News must not shut a form of the list in which somebody is writing. */
  readonly #wait = (event: Event): void => {
    const part = event.target as Element;
    if (part.id === "week-list" && part.querySelector("details[open]")) event.stopImmediatePropagation();
  };

  readonly #refresh = (): void => {
    this.#calendar?.refetchEvents();
  };

  readonly #steer = (event: Event): void => {
    const target = event.target as Element;
    const view = target.closest<HTMLElement>("[data-view]")?.dataset["view"];
    if (view) {
      this.#calendar?.setOption("view", view);
      this.#mark(view);
    }
    const step = target.closest<HTMLElement>("[data-go]")?.dataset["go"];
    if (step === undefined) return;
    event.preventDefault();
    if (step === "1") this.#calendar?.next();
    else if (step === "-1") this.#calendar?.prev();
    else this.#calendar?.setOption("date", readable(this.dataset["today"] ?? dayOf(new Date())));
  };

  /** Other days are shown: title, address, the list below and what is remembered follow. */
  #arrived(start: Date, end: Date): void {
    const last = new Date(end.getTime() - DAY);
    const words = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric" });
    const title = document.getElementById("week-title");
    if (title) title.textContent = dayOf(start) === dayOf(last) ? words.format(start) : words.formatRange(start, last);
    const view = String(this.#calendar?.getOption("view") ?? "");
    this.#mark(view);
    if (!view) return;
    const week = dayOf(mondayOf(start));
    const address = new URL(this.dataset["page"] ?? "", location.href);
    address.searchParams.set("week", week);
    sessionStorage.setItem(MEMORY, JSON.stringify({ view, week, date: dayOf(start) }));
    history.replaceState(history.state, "", address);
    for (const field of document.querySelectorAll<HTMLInputElement>('dialog input[name="next"]')) field.value = address.pathname + address.search;
    if (week === this.#weekOfList) return;
    this.#weekOfList = week;
    void htmx.ajax("GET", address.pathname + address.search, { target: "#week-list", select: "#week-list", swap: "outerHTML" });
  }

  #mark(view: string): void {
    for (const button of document.querySelectorAll<HTMLElement>("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset["view"] === view));
    }
    const kept = this.#remembered();
    if (kept) sessionStorage.setItem(MEMORY, JSON.stringify({ ...kept, view }));
  }

  #remembered(): { view: string; date: string } | undefined {
    try {
      const found = JSON.parse(sessionStorage.getItem(MEMORY) ?? "null") as { view: string; date: string; week: string } | null;
      const asked = new URL(location.href).searchParams.get("week");
      return found && asked === found.week ? found : undefined;
    } catch {
      return undefined;
    }
  }

  /** Roles that promise more than is there mislead those who hear the page. */
  #repair(): void {
    for (const part of this.querySelectorAll('[role]:not([role="button"])')) part.removeAttribute("role");
    for (const part of this.querySelectorAll("[aria-colindex]")) part.removeAttribute("aria-colindex");
    const scroller = this.querySelector<HTMLElement>(".ec-main, .ec-body");
    if (scroller && scroller.tabIndex !== 0) scroller.tabIndex = 0;
  }
}

/** Whether it takes days as a whole; what closes all hours does: it lasts to the end of what is shown. */
const isWhole = (entry: Entry): boolean =>
  entry.kind === "unreadable" || (["off", "extra", "outside"].includes(entry.kind) && entry.start.endsWith("T00:00") && entry.end.endsWith("T00:00"));

const entryOf = (event: Calendar.Event): Entry => event.extendedProps as unknown as Entry;

function element(name: string, looks: string, words: string): HTMLElement {
  const made = document.createElement(name);
  made.className = looks;
  made.textContent = words;
  return made;
}

customElements.define("desk-calendar", DeskCalendar);
