// Draws the demo's portraits: Notionists by Zoish (CC0 1.0), through DiceBear. Number n always looks
// the same: 001-050 are women, 051-100 men, so a pack can pick by number and name.
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";

const NUMBER = 100;
const SIZE = 320;

const WOMEN = ["41", "48", "02", "23", "10", "47", "04", "29", "58", "08", "43", "36", "39", "11", "37", "28", "57", "63", "30"];
const MEN = ["13", "05", "34", "55", "18", "25", "07", "16", "27", "33", "54", "24", "32", "38", "06", "22", "35", "15", "49", "60", "31"];
const GLASSES = ["11", "08", "03"];
const EYES = ["05", "02", "04"];
const BEARDS = ["02", "06", "12", "10"];
const LIPS = ["03", "22", "06", "23", "14", "25"];
const WOMENS_BODIES = ["14", "09", "16", "13", "17", "07", "10", "25", "08"];
const MENS_BODIES = ["25", "16", "19", "09", "17", "20", "14", "13", "10"];
const GROUNDS = ["dfe9e1", "f2e4d8", "e4e1ec", "dde7ee", "ece7da", "f0dfe0", "e0ebe9", "e8e8e3"];

const variant = (number) => [`variant${number}`];
const pick = (list, number, step) => list[(number * step) % list.length];

function options(number) {
  const woman = number <= NUMBER / 2;
  const bearded = !woman && number % 5 === 0;
  return {
    seed: `person-${number}`,
    size: SIZE,
    scale: 118,
    translateY: 4,
    backgroundColor: [pick(GROUNDS, number, 3)],
    hair: variant(pick(woman ? WOMEN : MEN, number, 1)),
    body: variant(pick(woman ? WOMENS_BODIES : MENS_BODIES, number, 2)),
    lips: variant(pick(LIPS, number, 5)),
    eyes: variant(pick(EYES, number, 1)),
    glasses: variant(pick(GLASSES, number >> 2, 1)),
    beard: variant(pick(BEARDS, Math.floor(number / 5), 1)),
    bodyIconProbability: 0,
    gestureProbability: 0,
    glassesProbability: number % 4 === 1 ? 100 : 0,
    beardProbability: bearded ? 100 : 0,
  };
}

/** Draws all portraits into `folder` unless they are there and this file is unchanged. */
export async function drawPortraits(folder, source) {
  const version = createHash("sha256").update(await readFile(source)).digest("hex");
  const stamp = join(folder, ".stamp");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === version) return;

  const [{ createAvatar }, style, { default: sharp }] = await Promise.all([
    import("@dicebear/core"),
    import("@dicebear/notionists"),
    import("sharp"),
  ]);
  await mkdir(folder, { recursive: true });
  const entries = [];
  for (let number = 1; number <= NUMBER; number += 1) {
    const svg = createAvatar(style, options(number)).toString();
    const file = `${String(number).padStart(3, "0")}.webp`;
    await writeFile(join(folder, file), await sharp(Buffer.from(svg)).webp({ quality: 82 }).toBuffer());
    entries.push({ number, file, looks: number <= NUMBER / 2 ? "woman" : "man" });
  }
  await writeFile(join(folder, "manifest.json"), JSON.stringify(entries));
  await writeFile(stamp, version);
}
