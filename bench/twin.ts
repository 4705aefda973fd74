/**
 * `npm run bench -- twin --data DIR`: the same recipe trained by this program and by bench/peers/twin.py, seed by seed, and their
 * Recall@1 compared by Welch's test. Seeds that --out holds already are not run again.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Sample, sampleOf } from "#mdr/experiments/index.js";
import { python } from "./pytorch.js";
import { trainedRun } from "./training.js";
import { welch } from "./welch.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What both programs are told; the rest is the default of both. */
export const recipeOf = (epochs: number): readonly string[] => [
  ...["--epochs", String(epochs), "--iterations", "60", "--batch", "64", "--per-class", "4"],
  ...["--learning-rate", "1e-3", "--decay-steps", "12,17", "--min-area", "0.4"],
];

const RECIPE = recipeOf(20);

interface Result {
  readonly seed: number;
  readonly "recall@1": number;
}

export interface TwinOptions {
  readonly data: string;
  /** The first and the last. */
  readonly seeds: readonly [number, number];
  /** Folder of both programs' results. */
  readonly out: string;
  readonly asJson: boolean;
}

const succeeded = (what: string, { status, error }: SpawnSyncReturns<Buffer>): void => {
  if (status !== 0) throw new Error(`${what} ended with ${error?.message ?? `status ${status}`}`);
};

const ours = (data: string, out: string, seed: number): Result => {
  const words = ["--data", data, "--method", "triplet", "--engine", "wasm", "--seed", String(seed), ...RECIPE];
  const { final } = trainedRun(join(out, `ours-${seed}`), words, "inherit");
  return { seed, "recall@1": final["recall@1"] ?? Number.NaN };
};

const twins = (interpreter: string, { data, seeds: [first, last], out }: TwinOptions): readonly Result[] => {
  const file = join(out, "twin.jsonl");
  const words = [join(ROOT, "bench", "peers", "twin.py"), "--data", data, "--out", file, "--seeds", `${first}-${last}`, ...RECIPE];
  succeeded("the twin", spawnSync(interpreter, words, { stdio: "inherit" }));
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Result)
    .filter(({ seed }) => seed >= first && seed <= last);
};

const percent = (share: number): string => (100 * share).toFixed(2);

const row = (name: string, results: readonly Result[], { mean, deviation }: Sample): string =>
  `${name.padEnd(6)} mean ${percent(mean)}  deviation ${percent(deviation)}  ${results.map((one) => percent(one["recall@1"])).join(" ")}`;

export const benchTwin = (options: TwinOptions): void => {
  const interpreter = python();
  if (interpreter === undefined) throw new Error("no python3 here imports torch (Debian: apt-get install python3-torch python3-pil)");
  mkdirSync(options.out, { recursive: true });
  const [first, last] = options.seeds;
  const own = Array.from({ length: last - first + 1 }, (_, index) => ours(options.data, options.out, first + index));
  const other = twins(interpreter, options);
  const [a, b] = [own, other].map((results) => sampleOf(results.map((one) => one["recall@1"]))) as [Sample, Sample];
  const test = welch(a, b);
  process.stdout.write(
    options.asJson
      ? `${JSON.stringify({ ours: { ...a, results: own }, twin: { ...b, results: other }, welch: test }, null, 2)}\n`
      : `Recall@1 in %, final epoch, seeds ${first} to ${last}\n${row("ours", own, a)}\n${row("twin", other, b)}\n` +
          `Welch's test: t = ${test.t.toFixed(2)}, ${test.freedom.toFixed(1)} degrees of freedom, p = ${test.p.toFixed(3)}\n`,
  );
};
