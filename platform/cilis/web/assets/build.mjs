// Builds everything a browser gets: `node build.mjs` (--force: although nothing has changed).
// Output: ../static/build with hashed names and manifest.json; never committed.
// A run without changes takes a tenth of a second, so it may stand in front of every start.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../../../..");
const OUT = join(HERE, "../static/build");
const PAPERS = join(ROOT, "platform/cilis/infra/papers/fonts");
const FIRST_LOAD_LIMIT = 150 * 1024;

const FONTS = [
  "@fontsource/be-vietnam-pro/400.css",
  "@fontsource/be-vietnam-pro/600.css",
  "@fontsource-variable/inter/wght.css",
  "@fontsource-variable/source-serif-4/wght.css",
];
/** Papers need whole fonts in a form that their printer reads; no browser is sent these. */
const PAPER_FONTS = [
  "be-vietnam-pro/400Regular/BeVietnamPro_400Regular.ttf",
  "be-vietnam-pro/600SemiBold/BeVietnamPro_600SemiBold.ttf",
  "inter/400Regular/Inter_400Regular.ttf",
  "inter/600SemiBold/Inter_600SemiBold.ttf",
  "source-serif-4/400Regular/SourceSerif4_400Regular.ttf",
  "source-serif-4/600SemiBold/SourceSerif4_600SemiBold.ttf",
];
const SUBSETS = /-(latin|latin-ext|vietnamese)-(?:wght|400|600)-normal\.woff2$/;

const digest = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 12);
};

/** The files below a folder with one of these endings. */
async function walk(folder, endings) {
  if (!existsSync(folder)) return [];
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (/^(node_modules|__pycache__|static|\..*)$/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await walk(path, endings)));
    else if (endings.test(entry.name)) found.push(path);
  }
  return found;
}

/** Everything whose change must lead to a new build: [path, content], in a fixed order. */
async function inputs() {
  const paths = (
    await Promise.all([
      walk(HERE, /\.(mjs|json|ts|css)$/),
      walk(join(ROOT, "platform/cilis"), /\.(html|py)$/),
      walk(join(ROOT, "plugins"), /\.(html|py)$/),
      walk(join(ROOT, "tenants"), /\.toml$/),
    ])
  ).flat();
  paths.sort();
  return Promise.all(paths.map(async (path) => [path, await readFile(path, "utf8")]));
}

/** Writes files under hashed names and remembers which name became which. */
class Output {
  names = {};

  async put(name, content) {
    const dot = name.lastIndexOf(".");
    const hashed = `${name.slice(0, dot)}-${digest(content)}${name.slice(dot)}`;
    await this.write(hashed, content);
    this.names[name] = hashed;
    return hashed;
  }

  async write(name, content) {
    const path = join(OUT, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** A sprite of every Lucide icon whose name stands in quotes in a template, a module or a pack. */
async function icons(sources, output) {
  const folder = join(HERE, "node_modules/lucide-static/icons");
  const known = new Set((await readdir(folder)).map((name) => name.replace(/\.svg$/, "")));
  const wanted = new Set(JSON.parse(await readFile(join(HERE, "icons.json"), "utf8")));
  for (const [, text] of sources) {
    for (const [, name] of text.matchAll(/["']([a-z0-9]+(?:-[a-z0-9]+)*)["']/g)) if (known.has(name)) wanted.add(name);
  }
  const symbols = await Promise.all(
    [...wanted].sort().map(async (name) => {
      const svg = await readFile(join(folder, `${name}.svg`), "utf8");
      const body = svg.replace(/<!--.*?-->/gs, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
      return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s+/g, " ").trim()}</symbol>`;
    }),
  );
  await output.put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

/** Copies the fonts' subsets that our languages need; returns the @font-face rules. */
async function fonts(output) {
  const rules = [];
  for (const sheet of FONTS) {
    const path = join(HERE, "node_modules", sheet);
    for (const [rule] of (await readFile(path, "utf8")).matchAll(/@font-face\s*{[^}]*}/g)) {
      const file = /url\(\.\/(files\/[^)]+\.woff2)\)/.exec(rule)?.[1];
      if (!file || !SUBSETS.test(file)) continue;
      const hashed = await output.put(file.replace("files/", "fonts/"), await readFile(join(dirname(path), file)));
      rules.push(rule.replace(/src:[^;]+;/, `src: url(./${hashed}) format("woff2");`));
    }
  }
  return rules.join("\n");
}

/** Lays the fonts of papers beside the code that prints them. */
async function paperFonts() {
  await mkdir(PAPERS, { recursive: true });
  for (const font of PAPER_FONTS) {
    const source = join(HERE, "node_modules/@expo-google-fonts", font);
    const [family] = font.split("/");
    await copyFile(source, join(PAPERS, basename(font)));
    await copyFile(join(source, "../../LICENSE_FONT"), join(PAPERS, `${family}.txt`));
  }
}

async function styles(output, esbuild, faces) {
  const { compile } = await import("@tailwindcss/node");
  const { Scanner } = await import("@tailwindcss/oxide");
  const base = join(HERE, "styles");
  const source = await readFile(join(base, "app.css"), "utf8");
  const sheet = await compile(source, { base, from: join(base, "app.css"), onDependency() {} });
  const used = new Scanner({ sources: sheet.sources }).scan();
  const { code } = await esbuild.transform(`${faces}\n${sheet.build(used)}`, { loader: "css", minify: true });
  await output.put("app.css", code);
  return gzipSync(code).length;
}

/** Each is a bundle of its own. All but the first are loaded by the few pages that need them. */
const ENTRIES = ["app", "document", "calendar", "charts"];
const ENTRY = new RegExp(`^(${ENTRIES.join("|")})-[A-Z0-9]+(\\.(?:js|css))$`);

/** The outputs that a visitor of any page may load: the first bundle and all it imports. */
function firstLoad(outputs) {
  const found = new Set();
  const walkFrom = (path) => {
    if (found.has(path) || !outputs[path]) return;
    found.add(path);
    for (const part of outputs[path].imports) walkFrom(part.path);
  };
  for (const [path, made] of Object.entries(outputs)) if (made.entryPoint?.endsWith("scripts/app.ts")) walkFrom(path);
  return new Set([...found].map((path) => path.replace(/^.*\//, "")));
}

async function scripts(output, esbuild) {
  const result = await esbuild.build({
    entryPoints: ENTRIES.map((name) => join(HERE, `scripts/${name}.ts`)),
    outdir: OUT,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    metafile: true,
    write: false,
    legalComments: "none",
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    logLevel: "warning",
  });
  const first = firstLoad(result.metafile.outputs);
  let size = 0;
  for (const file of result.outputFiles) {
    const name = relative(OUT, file.path);
    await output.write(name, file.contents);
    const entry = ENTRY.exec(name);
    output.names[entry ? entry[1] + entry[2] : `chunks/${name}`] = name;
    if (first.has(name)) size += gzipSync(file.contents).length;
  }
  return size;
}

/** The API document's own parts; no other page loads them. */
async function apiDocument(output) {
  const folder = join(HERE, "node_modules/swagger-ui-dist");
  await output.put("operations.js", await readFile(join(folder, "swagger-ui-bundle.js")));
  await output.put("operations.css", await readFile(join(folder, "swagger-ui.css")));
}

/** Removes what builds of earlier days left behind; a server may still hand out yesterday's pages. */
async function sweep(kept) {
  const old = Date.now() - 24 * 60 * 60 * 1000;
  const present = await readdir(OUT, { recursive: true, withFileTypes: true });
  for (const entry of present) {
    if (!entry.isFile()) continue;
    const name = relative(OUT, join(entry.parentPath ?? entry.path, entry.name));
    if (kept.has(name) || name.startsWith("portraits/")) continue;
    if ((await stat(join(OUT, name))).mtimeMs < old) await rm(join(OUT, name));
  }
}

async function main() {
  const sources = await inputs();
  const stamp = digest(...sources.flatMap(([path, text]) => [relative(ROOT, path), text]));
  const stampFile = join(OUT, ".stamp");
  const before = existsSync(stampFile) ? await readFile(stampFile, "utf8") : "";
  if (before === stamp && existsSync(PAPERS) && !process.argv.includes("--force")) return;

  const started = performance.now();
  const esbuild = await import("esbuild");
  const { drawPortraits } = await import("./portraits.mjs");
  await mkdir(OUT, { recursive: true });
  const output = new Output();
  const faces = await fonts(output);
  const [, css, js] = await Promise.all([
    icons(sources, output),
    styles(output, esbuild, faces),
    scripts(output, esbuild),
    apiDocument(output),
    paperFonts(),
  ]);
  await drawPortraits(join(OUT, "portraits"), join(HERE, "portraits.mjs"));
  await output.write("manifest.json", JSON.stringify(output.names, null, 1));
  await sweep(new Set([...Object.values(output.names), "manifest.json", ".stamp"]));
  await writeFile(stampFile, stamp);

  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  console.log(`assets: styles ${kib(css)}, scripts ${kib(js)} compressed, ${Math.round(performance.now() - started)} ms`);
  if (css + js > FIRST_LOAD_LIMIT) throw new Error(`first load is ${kib(css + js)}, the limit is ${kib(FIRST_LOAD_LIMIT)}`);
}

await main();
