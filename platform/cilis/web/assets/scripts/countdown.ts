const SOON = 120_000;

const clock = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (part: number): string => String(part).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

/**
 * Writes how long it is until `data-until`. The server wrote the time of day, which stays right
 * without us. Spoken only twice: two minutes before (`data-soon`) and at the end (`data-over`).
 */
export class Countdown extends HTMLElement {
  #timer = 0;
  #told = false;

  static readonly observedAttributes = ["data-until"];

  connectedCallback(): void {
    this.#start();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#start();
  }

  #start(): void {
    window.clearInterval(this.#timer);
    const until = Date.parse(this.dataset["until"] ?? "");
    if (Number.isNaN(until)) return;
    // The page may be older than its clock says: `data-now` is when the server wrote it.
    const written = Date.parse(this.dataset["now"] ?? "");
    const end = Number.isNaN(written) ? until : Date.now() + (until - written);
    const target = this.querySelector("time") ?? this;
    target.setAttribute("role", "timer");
    target.setAttribute("aria-live", "off");
    this.#told = end - Date.now() <= SOON;
    const tick = (): void => {
      const left = end - Date.now();
      target.textContent = clock(left);
      if (left <= SOON && !this.#told) this.#tell(this.dataset["soon"]);
      if (left <= 0) this.#end();
    };
    tick();
    if (end > Date.now()) this.#timer = window.setInterval(tick, 1000);
  }

  disconnectedCallback(): void {
    window.clearInterval(this.#timer);
  }

  #end(): void {
    window.clearInterval(this.#timer);
    this.#tell(this.dataset["over"]);
    this.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
  }

  #tell(words: string | undefined): void {
    this.#told = true;
    if (!words) return;
    const region = document.createElement("span");
    region.className = "hidden";
    region.setAttribute("role", "status");
    this.append(region);
    region.textContent = words;
  }
}
