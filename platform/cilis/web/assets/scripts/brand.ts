const SIZE = 192;

/**
 * Mail programs show no SVG, so the browser draws a chosen logo once as PNG and sends both.
 * A form says so by `data-draws` with the name of the input that takes the PNG.
 */
export function brand(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draws]")) {
    const source = form.querySelector<HTMLInputElement>('input[name="svg"]');
    const target = form.querySelector<HTMLInputElement>(`input[name="${form.dataset["draws"]}"]`);
    source?.addEventListener("change", () => {
      const file = source.files?.[0];
      if (file && target) void draw(file, target);
    });
  }
}

async function draw(file: File, target: HTMLInputElement): Promise<void> {
  const picture = new Image();
  picture.src = `data:image/svg+xml,${encodeURIComponent(await file.text())}`;
  try {
    await picture.decode();
  } catch {
    return; // not a drawing: the server says so
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = SIZE / Math.max(width, height, 1);
  canvas.getContext("2d")?.drawImage(picture, (SIZE - width * scale) / 2, (SIZE - height * scale) / 2, width * scale, height * scale);
  canvas.toBlob((drawn) => {
    if (!drawn) return;
    const files = new DataTransfer();
    files.items.add(new File([drawn], "logo.png", { type: "image/png" }));
    target.files = files.files;
  }, "image/png");
}
