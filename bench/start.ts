/**
 * `npm run bench -- start --data DIR`: whether a start of our own helps photographs. The compact network is trained on drawings of some
 * hundred species, by the paper's method and by Proxy-Anchor, and its weights begin a training on DIR, beside random ones, seed by seed.
 * What --out holds already is not run again.
 */
import { basename, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { makeDataset } from "#mdr/datasets/index.js";
import { loadCheckpoint, type RunResults } from "#mdr/runs/index.js";
import { trainedRun, wordsOf } from "./training.js";

const drawn = { seed: 1, classes: 400, imagesPerClass: 24, size: 64 };

/** Where a network begins: a name, and the flags of the training on species that make its weights; none for random ones. */
const BEGINNINGS: readonly (readonly [name: string, flags: string | undefined])[] = [
  ["random", undefined],
  ["species, Triplet + MDR", ""],
  ["species, Proxy-Anchor", "--loss proxy-anchor --regularizer none --head l2"],
];
const PRETRAINING = "--train-share 0.95 --epochs 6 --iterations 250 --decay-steps 4,5";

/** How the network is then trained on photographs, with the flags that say which network it is: the defaults, and README's recipe for photographs. */
const TRAININGS: readonly (readonly [name: string, network: string, flags: string])[] = [
  ["default", "", "--iterations 44"],
  ["every stage, whitened", "--pooled every", "--iterations 44 --whitening on"],
];

const folderOf = (...names: readonly string[]): string => names.join("-").replaceAll(/[^\w.-]+/g, "-");

export interface StartOptions {
  readonly data: string;
  /** Folder of the drawings and of all runs; another DIR may share it. */
  readonly out: string;
  /** The first and the last. */
  readonly seeds: readonly [number, number];
}

/** The last checkpoint of a run. */
const weightsIn = (run: string): string => {
  const found = loadCheckpoint(run);
  if (E.isLeft(found)) throw new Error(found.left.message);
  return found.right.file;
};

const recalls = (all: readonly RunResults[], of: "before" | "final"): string => {
  const values = all.map((results) => 100 * (results[of]["recall@1"] ?? Number.NaN));
  return `${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1)} (${values.map((value) => value.toFixed(1)).join(" ")})`;
};

export const benchStart = async ({ data, out, seeds: [first, last] }: StartOptions): Promise<void> => {
  const engine = ["--engine", "wasm", "--no-report"];
  const species = join(out, "species");
  const made = await makeDataset(drawn, species)();
  if (E.isLeft(made)) throw new Error(made.left.message);
  process.stdout.write(`${["data", "training", "begins with", "Recall@1 before", "at the end"].join("\t")}\n`);
  const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  for (const [training, network, flags] of TRAININGS)
    for (const [beginning, pretraining] of BEGINNINGS) {
      const start = join(out, folderOf(training, beginning));
      if (pretraining !== undefined)
        trainedRun(start, ["--data", species, ...engine, ...wordsOf(`${PRETRAINING} ${network} ${pretraining}`)]);
      const weights = pretraining === undefined ? [] : ["--weights", weightsIn(start)];
      const all = seeds.map((seed) =>
        trainedRun(join(out, folderOf(basename(resolve(data)), training, beginning, String(seed))), [
          ...["--data", data, "--seed", String(seed), ...engine, ...weights, ...wordsOf(`${network} ${flags}`)],
        ]),
      );
      process.stdout.write(`${[basename(resolve(data)), training, beginning, recalls(all, "before"), recalls(all, "final")].join("\t")}\n`);
    }
};
