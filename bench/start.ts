/**
 * `npm run bench -- start --data DIR`: whether the weights in the package help photographs. The compact network begins with random values
 * and with what it learned from drawn species, seed by seed, at two lengths of training; and beside them the defaults.
 * What --out holds already is not run again.
 */
import { basename, join, resolve } from "node:path";
import type { RunResults } from "#mdr/runs/index.js";
import { trainedRun, wordsOf } from "./training.js";

const photographs = "--pooled every --whitening on";

/** How a network is trained, and what it begins with. */
const TRAININGS: readonly (readonly [training: string, beginning: string, flags: string])[] = [
  ["default, 6 x 44", "random", "--iterations 44"],
  ["two flags, 6 x 44", "random", `${photographs} --iterations 44`],
  ["two flags, 6 x 44", "species", `${photographs} --iterations 44 --weights species`],
  ["two flags, 6 x 200", "random", `${photographs} --iterations 200`],
  ["two flags, 6 x 200", "species", `${photographs} --iterations 200 --weights species`],
];

const folderOf = (...names: readonly string[]): string => names.join("-").replaceAll(/[^\w.-]+/g, "-");

export interface StartOptions {
  readonly data: string;
  /** Folder of all runs; another DIR may share it. */
  readonly out: string;
  /** The first and the last. */
  readonly seeds: readonly [number, number];
}

const recalls = (all: readonly RunResults[], of: "before" | "final"): string => {
  const values = all.map((results) => 100 * (results[of]["recall@1"] ?? Number.NaN));
  return `${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1)} (${values.map((value) => value.toFixed(1)).join(" ")})`;
};

export const benchStart = ({ data, out, seeds: [first, last] }: StartOptions): void => {
  const name = basename(resolve(data));
  process.stdout.write(`${["data", "training", "begins with", "Recall@1 before", "at the end"].join("\t")}\n`);
  const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  for (const [training, beginning, flags] of TRAININGS) {
    const all = seeds.map((seed) =>
      trainedRun(join(out, folderOf(name, training, beginning, String(seed))), [
        ...["--data", data, "--seed", String(seed), "--engine", "wasm", "--no-report", ...wordsOf(flags)],
      ]),
    );
    process.stdout.write(`${[name, training, beginning, recalls(all, "before"), recalls(all, "final")].join("\t")}\n`);
  }
};
