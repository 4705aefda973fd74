/**
 * `npm run bench -- damage [--times 1000]`: a small run's files, damaged at random one at a time (a bit, a byte, a piece cut out, put
 * in, doubled or blanked, the end gone), and whether what reads them says so. It names what was not noticed.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { makeDataset } from "#mdr/datasets/index.js";
import { readRecord } from "#mdr/files/index.js";
import { integer, type Random, seeded } from "#mdr/random/index.js";
import { identityRecord, namedRecord, readCheckpoint, readMetrics, resultsRecord, runFile } from "#mdr/runs/index.js";

const bin = fileURLToPath(new URL("../../bin/mdr.js", import.meta.url));

/** The smallest run that has every file. */
export const smallRun = [
  ...["--image-size", "16", "--batch", "8", "--per-class", "4", "--width", "4", "--depth", "0", "--embedding", "8"],
  ...["--engine", "wasm", "--iterations", "4", "--epochs", "3", "--decay-steps", "2"],
];

/** Runs the command and gives its exit code. */
export const mdr = (...args: readonly string[]): number | null => spawnSync(process.execPath, [bin, ...args], { stdio: "ignore" }).status;

/** A data set and a finished run in a folder of their own, for `use`; gone afterwards. */
export const withRun = async <A>(
  settings: readonly string[],
  use: (folder: string, data: string, run: string) => Promise<A> | A,
): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-"));
  try {
    const data = join(folder, "data");
    const made = await makeDataset({ seed: 1, classes: 6, imagesPerClass: 8, size: 24 }, data)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    const run = join(folder, "run");
    if (mdr("train", "--data", data, "--out", run, ...settings) !== 0) throw new Error("the run for it did not end well");
    return await use(folder, data, run);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

type Harm = (bytes: Uint8Array, at: number, size: number, value: number) => Uint8Array;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const replaced = (bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array =>
  joined(bytes.subarray(0, at), part, bytes.subarray(at + part.length));

const harms: Readonly<Record<string, Harm>> = {
  "a bit": (bytes, at, _, value) => replaced(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << (value % 8)))),
  "a byte": (bytes, at, _, value) => replaced(bytes, at, Uint8Array.of(value)),
  "a piece blanked": (bytes, at, size) => replaced(bytes, at, new Uint8Array(Math.min(size, bytes.length - at))),
  "a piece cut out": (bytes, at, size) => joined(bytes.subarray(0, at), bytes.subarray(at + size)),
  "a byte put in": (bytes, at, _, value) => joined(bytes.subarray(0, at), Uint8Array.of(value), bytes.subarray(at)),
  "a piece doubled": (bytes, at, size) => joined(bytes.subarray(0, at + size), bytes.subarray(at)),
  "the end gone": (bytes, at) => bytes.subarray(0, at),
};

/** Bytes harmed in one of these ways, somewhere. */
export const harmed = (bytes: Uint8Array, random: Random): readonly [Uint8Array, Random] => {
  const ways = Object.values(harms);
  const [way, first] = integer(0, ways.length, random);
  const [at, second] = integer(0, Math.max(1, bytes.length), first);
  const [size, third] = integer(1, 65, second);
  const [value, next] = integer(0, 256, third);
  return [ways[way]?.(bytes, at, size, value) ?? bytes, next];
};

/** Whether a file's reader says that something is wrong with it. */
const isNoticed = (folder: string, name: string, whole: number): boolean => {
  const path = join(folder, name);
  if (name.endsWith(".safetensors")) return E.isLeft(readCheckpoint(path));
  if (path === runFile(folder)) return E.isLeft(readRecord(path, identityRecord));
  if (name === "results.json") return E.isLeft(readRecord(path, resultsRecord));
  if (name !== "metrics.jsonl") return E.isLeft(readRecord(path, namedRecord));
  // What is missing at the end is seen by whoever knows how far the run has got: a checkpoint, when it goes on.
  const { run, lines, problems } = readMetrics(folder);
  return problems.length > 0 || lines.length < whole || run === undefined;
};

interface Tried {
  readonly file: string;
  readonly harm: string;
  readonly at: number;
}

export const benchDamage = (times: number, { asJson }: { readonly asJson: boolean }): Promise<void> =>
  withRun(smallRun, (folder, _, run) => {
    const names = readdirSync(run).filter((name) => !name.endsWith(".lock"));
    const whole = readMetrics(run).lines.length;
    const unnoticed: Tried[] = [];
    const own = join(folder, "damaged");
    cpSync(run, own, { recursive: true });
    let random = seeded(1);
    const next = (count: number): number => {
      const [drawn, after] = integer(0, count, random);
      random = after;
      return drawn;
    };
    let tried = 0;
    while (tried < times) {
      const file = names[next(names.length)] ?? "";
      const [harm, change] = Object.entries(harms)[next(Object.keys(harms).length)] ?? ["", (bytes: Uint8Array) => bytes];
      const bytes = new Uint8Array(readFileSync(join(run, file)));
      const at = next(bytes.length);
      const changed = change(bytes, at, 1 + next(64), next(256));
      if (Buffer.compare(changed, bytes) === 0) continue;
      tried += 1;
      writeFileSync(join(own, file), changed);
      if (!isNoticed(own, file, whole)) unnoticed.push({ file, harm, at });
      writeFileSync(join(own, file), bytes);
    }
    process.stdout.write(
      asJson
        ? `${JSON.stringify({ tried, unnoticed }, null, 2)}\n`
        : `${tried} files damaged, ${unnoticed.length} unnoticed\n${unnoticed.map(({ file, harm, at }) => `  ${file}: ${harm} at ${at}\n`).join("")}`,
    );
    if (unnoticed.length > 0) process.exitCode = 1;
  });
