/**
 * `npm run bench -- recipe --data DIR`: which recipe suits photographs. Recipes are compared on classes of the training half alone, in
 * two divisions; then the default and the chosen one are trained on the true split, seed by seed. What --out holds already is not run again.
 */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { seeded, shuffled } from "#mdr/random/index.js";
import type { RunResults } from "#mdr/runs/index.js";
import { trainedRun, wordsOf } from "./training.js";

/** Chosen by what follows, and held against the default in as many steps. */
const CHOSEN = "--iterations 44 --whitening on --pooled every";
const LONGER = "--iterations 44";
/** The same on smaller pictures and in 150 steps, to vary one thing at a time. */
const SHORT = "--whitening on --pooled every --image-size 48 --iterations 25";

/** What is tried: a name, and the flags of `mdr train` beside its defaults. */
const TRIED: readonly (readonly [name: string, flags: string])[] = [
  ["default", ""],
  ["longer", LONGER],
  ["both", CHOSEN],
  ["whitening", `${LONGER} --whitening on`],
  ["every-stage", `${LONGER} --pooled every`],
  ["longer-lambda-0.5", `${LONGER} --lambda 0.5`],
  ["longer-l2-mdr", `${LONGER} --head l2`],
  ["both-48", "--whitening on --pooled every --image-size 48 --iterations 44"],
  ["short", SHORT],
  ["short-lambda-0.6", `${SHORT} --lambda 0.6`],
  ["short-triplet", `${SHORT} --method triplet`],
  ["short-area-0.16", `${SHORT} --min-area 0.16`],
  ["short-area-0.7", `${SHORT} --min-area 0.7`],
  ["short-embedding-128", `${SHORT} --embedding 128`],
  ["short-rate-1e-3", `${SHORT} --learning-rate 1e-3`],
  ["short-rate-1e-2", `${SHORT} --learning-rate 1e-2`],
  ["short-32-wide", `${SHORT} --image-size 32 --width 32`],
  ["two-minutes", "--whitening on --pooled every --image-size 48 --iterations 320"],
];

/** How many of them `--quick` tries. */
const QUICK = 3;

/** On the true split. */
const COMPARED: typeof TRIED = [
  ["longer", LONGER],
  ["both", CHOSEN],
  // As README says it: two minutes on two cores.
  ["minutes", "--whitening on --pooled every --iterations 200"],
];

/** Two divisions of the training half: the share of its classes that validate in each, none in both. */
const DIVISIONS = ["A", "B"] as const;
const VALIDATES = 3 / 8;

export interface RecipeOptions {
  readonly data: string;
  /** Folder of the divisions and of all results. */
  readonly out: string;
  /** The first recipes alone. */
  readonly quick: boolean;
  /** The first and the last, of the trainings on the true split. */
  readonly seeds: readonly [number, number];
}

/** A folder of links to the training half's classes, so named that those that validate come last; and the share before them. */
const divided = (data: string, out: string, division: number): { readonly folder: string; readonly share: number } => {
  const classes = readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
  const half = classes.slice(0, Math.floor(classes.length / 2));
  const [order] = shuffled(half, seeded(1));
  const count = Math.round(half.length * VALIDATES);
  const validating = order.slice(division * count, (division + 1) * count);
  const folder = join(out, `division-${DIVISIONS[division]}`);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    for (const name of half) symlinkSync(resolve(data, name), join(folder, `${validating.includes(name) ? 2 : 1}-${name}`), "junction");
  }
  // Half a class more, so that no rounding loses one.
  return { folder, share: (half.length - count + 0.5) / half.length };
};

const trained = (data: string, out: string, flags: string, more: readonly string[] = []): RunResults =>
  trainedRun(out, ["--data", data, "--engine", "wasm", ...more, ...wordsOf(flags)]);

const percent = (share: number): string => (100 * share).toFixed(1);
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const recallIn = (scores: Readonly<Record<string, number>>): number => scores["recall@1"] ?? Number.NaN;

/** Pictures trained on, pictures a second, and Recall@1 before training, at the best epoch and at the last, and MAP@R there. */
const columns = ({ before, best, final, imagesPerSecond, settings: { batch, epochs, iterations } }: RunResults): readonly string[] => [
  String(Number(batch) * Number(epochs) * Number(iterations)),
  imagesPerSecond.toFixed(0),
  ...[recallIn(before), recallIn(best), recallIn(final), final["map@r"] ?? Number.NaN].map(percent),
];
const HEADINGS = ["pictures", "pictures/s", "before", "best", "final", "MAP@R"];

const print = (cells: readonly string[]): void => {
  process.stdout.write(`${cells.join("\t")}\n`);
};

export const benchRecipe = ({ data, out, quick, seeds: [first, last] }: RecipeOptions): void => {
  const cache = ["--cache", join(out, "cache")];
  print(["recipe", "division", ...HEADINGS, "flags"]);
  for (const [name, flags] of quick ? TRIED.slice(0, QUICK) : TRIED)
    for (const [index, division] of DIVISIONS.entries()) {
      const { folder, share } = divided(data, out, index);
      const results = trained(folder, join(out, `${name}-${division}`), flags, ["--train-share", String(share), ...cache]);
      print([name, division, ...columns(results), flags]);
    }
  print(["", "seed", ...HEADINGS, ""]);
  for (const [name, flags] of COMPARED) {
    const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const found = seeds.map((seed) => trained(data, join(out, `${name}-seed-${seed}`), flags, ["--seed", String(seed), ...cache]));
    for (const [index, results] of found.entries()) print([name, String(seeds[index]), ...columns(results), ""]);
    const mean = (of: (results: RunResults) => number): string => percent(meanOf(found.map(of)));
    print([
      name,
      "mean",
      "",
      "",
      mean(({ before }) => recallIn(before)),
      mean(({ best }) => recallIn(best)),
      mean(({ final }) => recallIn(final)),
      mean(({ final }) => final["map@r"] ?? Number.NaN),
      flags,
    ]);
  }
};
