import { csrf } from "./post.ts";

const MOST = 5;

/** Files that are going up or wait to be sent, each a row above the line one writes in. */
export class Tray {
  private readonly rows = new Map<HTMLElement, { id: string; name: string } | undefined>();

  constructor(
    private readonly list: HTMLElement,
    private readonly template: HTMLTemplateElement,
    private readonly address: string,
    private readonly changed: () => void,
  ) {}

  /** Whether a file is still going up. */
  get busy(): boolean {
    return [...this.rows].some(([row, file]) => !file && !row.classList.contains("failed"));
  }

  /** Takes what has gone up, and clears the rows. */
  take(): { id: string; name: string }[] {
    const done = [...this.rows.values()].filter((file) => file !== undefined);
    for (const row of [...this.rows.keys()]) this.drop(row);
    return done;
  }

  get ready(): boolean {
    return [...this.rows.values()].some((file) => file !== undefined);
  }

  add(files: Iterable<File>): void {
    for (const file of files) if (this.rows.size < MOST) this.start(file);
  }

  private start(file: File): void {
    const row = (this.template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
    const [name, bar, why] = ["[data-name]", "progress", "[data-why]"].map((what) => row.querySelector<HTMLElement>(what)!);
    name!.textContent = file.name;
    this.rows.set(row, undefined);
    this.list.append(row);
    this.list.hidden = false;
    const request = new XMLHttpRequest();
    row.querySelector("[data-drop]")!.addEventListener("click", () => {
      request.abort();
      this.drop(row);
    });
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) (bar as HTMLProgressElement).value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      if (!this.rows.has(row)) return;
      if (request.status === 201) {
        const { id } = JSON.parse(request.responseText) as { id: string };
        this.rows.set(row, { id, name: file.name });
        row.classList.add("done");
      } else {
        row.classList.add("failed");
        bar!.hidden = true;
        why!.hidden = false;
        why!.textContent = reason(request.responseText);
      }
      this.changed();
    });
    request.open("POST", this.address);
    for (const [header, value] of Object.entries(csrf())) request.setRequestHeader(header, value);
    const form = new FormData();
    form.append("file", file);
    request.send(form);
    this.changed();
  }

  private drop(row: HTMLElement): void {
    this.rows.delete(row);
    row.remove();
    this.list.hidden = this.rows.size === 0;
    this.changed();
  }
}

const reason = (body: string): string => {
  try {
    const problem = JSON.parse(body) as { detail?: string; errors?: { detail: string }[] };
    return problem.errors?.[0]?.detail ?? problem.detail ?? "✕";
  } catch {
    return "✕";
  }
};
