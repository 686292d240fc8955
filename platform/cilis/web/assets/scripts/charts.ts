// Draws the charts of the staff's pages. Only those pages load it; the numbers come from the table
// beside each chart, which is also what a keyboard or a screen reader uses.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

interface Row {
  readonly label: string;
  readonly now: number | null;
  readonly before: number | null;
}

const HEIGHT = 220;
const number = (text: string | undefined): number | null => (text === undefined || text === "" ? null : Number(text));

class FigureChart extends HTMLElement {
  #plot: uPlot | undefined;
  #watchers: { disconnect(): void }[] = [];

  connectedCallback(): void {
    this.#draw();
    const resized = new ResizeObserver(() => this.#plot?.setSize({ width: this.clientWidth, height: HEIGHT }));
    resized.observe(this);
    // Another scheme has other colours, and a canvas does not hear of it.
    const dressed = new MutationObserver(() => this.#draw());
    dressed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => this.#draw();
    scheme.addEventListener("change", redraw);
    this.#watchers = [resized, dressed, { disconnect: () => scheme.removeEventListener("change", redraw) }];
  }

  disconnectedCallback(): void {
    for (const watcher of this.#watchers) watcher.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #rows(): Row[] {
    const table = document.getElementById(this.dataset["table"] ?? "");
    return [...(table?.querySelectorAll<HTMLTableRowElement>("tbody tr") ?? [])].map((row) => ({
      label: row.cells[0]?.textContent?.trim() ?? "",
      now: number(row.dataset["n"]),
      before: number(row.dataset["m"]),
    }));
  }

  #draw(): void {
    const rows = this.#rows();
    if (!rows.length || !this.clientWidth) return;
    this.#plot?.destroy();
    const holder = document.createElement("div");
    holder.setAttribute("role", "img");
    holder.setAttribute("aria-label", this.dataset["label"] ?? "");
    const told = document.createElement("p");
    told.className = "chart-told tiny";
    told.setAttribute("aria-hidden", "true");
    this.replaceChildren(holder, told);
    const data: uPlot.AlignedData = [rows.map((_, place) => place), rows.map((row) => row.before), rows.map((row) => row.now)];
    this.#plot = new uPlot(this.#options(rows, told), data, holder);
  }

  #options(rows: Row[], told: HTMLElement): uPlot.Options {
    const ink = this.#colour("var(--ink-2)");
    const line = this.#colour("var(--line)");
    const brand = this.#colour("var(--brand-text)");
    const quiet = this.#colour("var(--line-strong)");
    const bars = this.dataset["kind"] === "bars";
    const font = `11px ${getComputedStyle(this).fontFamily}`;
    const fine = this.#format(false);
    const last = rows.length - 1;
    const look = (side: -1 | 1, colour: string): Partial<uPlot.Series> =>
      bars
        ? { stroke: colour, fill: colour, width: 0, paths: uPlot.paths.bars!({ size: [0.36, 28], align: side, radius: 0.08 }), points: { show: false } }
        : { stroke: colour, width: side === 1 ? 2.5 : 1.5, ...(side === 1 ? {} : { dash: [5, 4] }), points: { show: rows.length === 1 } };
    const words = (value: number | null): string => (value === null ? "–" : fine(value));
    const tell = (plot: uPlot): void => {
      const row = plot.cursor.idx === null || plot.cursor.idx === undefined ? undefined : rows[plot.cursor.idx];
      told.textContent = row ? `${row.label}: ${words(row.now)} · ${this.dataset["before"] ?? ""} ${words(row.before)}` : "";
    };
    const axis = { stroke: ink, font, ticks: { show: false } };
    return {
      width: this.clientWidth,
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      hooks: { setCursor: [tell] },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: () => (bars ? [-0.6, last + 0.6] : [Math.min(-0.01, 0), Math.max(last, 0.01)]) },
        y: { range: (_u, low, high) => this.#reach(low, high, bars) },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 28, space: Math.max(64, 7 * Math.max(...rows.map((row) => row.label.length))), incrs: [1, 2, 3, 5, 7, 10, 14, 30], values: (_u, places) => places.map((place) => rows[place]?.label ?? "") },
        { ...axis, grid: { stroke: line, width: 1 }, size: 56, space: 40, incrs: this.#steps(), values: (_u, values) => values.map(this.#format(true)) },
      ],
      series: [
        {},
        { spanGaps: true, ...look(-1, quiet) },
        { spanGaps: true, ...look(1, brand) },
      ],
    };
  }

  /** From zero, except for lines that stand far above it: growth of a few among thousands. */
  #reach(low: number | null, high: number | null, bars: boolean): [number, number] {
    const top = high ?? 1;
    const bottom = low ?? 0;
    if (bars || this.dataset["unit"] !== "count" || top - bottom > top / 4) return [0, top > 0 ? top * 1.08 : 1];
    const air = Math.max(1, (top - bottom) * 0.15);
    return [Math.max(0, Math.floor(bottom - air)), Math.ceil(top + air)];
  }

  /** Distances between the lines of the grid: there is no half a booking. */
  #steps(): number[] {
    const found: number[] = [];
    for (let power = 1; power < 1e15; power *= 10) found.push(power, 2 * power, 5 * power);
    return this.dataset["unit"] === "count" ? found : [0.1, 0.2, 0.5, ...found];
  }

  #format(short: boolean): (value: number) => string {
    const language = document.documentElement.lang;
    const { unit, currency, digits } = this.dataset;
    if (unit === "percent") {
      const percent = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
      return (value) => `${percent.format(value)} %`;
    }
    if (unit === "money") {
      const parts = Number(digits ?? 0);
      const money = new Intl.NumberFormat(language, {
        ...(short ? { notation: "compact" } : { style: "currency", currency: currency ?? "EUR", maximumFractionDigits: parts }),
      } as Intl.NumberFormatOptions);
      return (value) => money.format(value / 10 ** parts);
    }
    const plain = new Intl.NumberFormat(language, short ? { notation: "compact" } : {});
    return (value) => plain.format(value);
  }

  /** A colour as it is now: the canvas knows no custom properties. */
  #colour(value: string): string {
    const probe = document.createElement("span");
    probe.style.color = value;
    this.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }
}

customElements.define("figure-chart", FigureChart);
