/**
 * `npm run bench -- end-to-end --data DIR`: from files to results, beside an independent program in PyTorch and Pillow, in turn and on two
 * threads each. Training: 1,200 steps of the compact network, evaluation after each epoch here, none there; and the same steps bare, on
 * inputs that lie on the engine already. Starting: from a process to its first evaluation and its first step, all pictures decoded before.
 * Embedding: JPEGs of 500 x 375 to a file of vectors. Best of rounds, because others may use the machine.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { encodeJpeg } from "#mdr/datasets/index.js";
import { wasmEngine } from "#mdr/engines/wasm/index.js";
import { parseSettings, readResults } from "#mdr/runs/index.js";
import { flatten, generate } from "#mdr/tensor/index.js";
import { carriedLayout, firstValues, givenLayout, planOf, trainingStep } from "#mdr/train/index.js";
import { drawn } from "./decoding.js";
import { peerEnvironment, python } from "./pytorch.js";
import { commented } from "./sop.js";
import { must, prepared } from "./step.js";
import { recipeOf } from "./twin.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const bin = join(root, "bin", "mdr.js");
const threads = 2;
const batch = 64;
const iterations = 60;

export interface EndToEndOptions {
  readonly data: string;
  /** JPEGs to embed. */
  readonly pictures: number;
  readonly quick: boolean;
  /** Rounds of the training. */
  readonly times: number | undefined;
  readonly asJson: boolean;
}

interface Figures {
  readonly epochs: number;
  /** Of the script: its loop alone, without reading pictures and without evaluation. */
  readonly script_steps_s: number | null;
  /** Of the whole process, to its end. */
  readonly script_s: number | null;
  /** From the first evaluation to the last, with all steps between. */
  readonly mdr_s: number;
  readonly mdr_process_s: number;
  readonly bare_pictures_per_second: number;
  readonly mdr_pictures_per_second: number;
  /** To the first evaluation: engine, threads, pictures and network are there. */
  readonly start_s: number;
  /** To the first step, after the untrained network's evaluation. */
  readonly first_step_s: number;
  readonly pictures: number;
  readonly embed_s: number;
  readonly script_embed_s: number | null;
}

const succeeded = (what: string, { status, error }: SpawnSyncReturns<Buffer>): void => {
  if (status !== 0) throw new Error(`${what} ended with ${error?.message ?? `status ${status}`}`);
};

/** Seconds that a process takes from its start to its end. */
const timed = (what: string, command: string, words: readonly string[]): number => {
  const env = command === process.execPath ? process.env : peerEnvironment(threads);
  const started = performance.now();
  succeeded(what, spawnSync(command, words, { stdio: ["ignore", "ignore", "inherit"], env }));
  return (performance.now() - started) / 1000;
};

const least = (values: readonly number[]): number => Math.min(...values);

const flagsOf = (data: string, cache: string, out: string, epochs: number): readonly string[] => [
  ...["train", "--data", data, "--cache", cache, "--out", out, "--force", "--json", "--method", "triplet", "--engine", "wasm"],
  ...recipeOf(epochs),
];

/** Steps of the same recipe on inputs that stay where they are: pictures a second. */
const bareSteps = async () => {
  const settings = E.getOrElseW((fault: { readonly message: string }) => {
    throw new Error(fault.message);
  })(parseSettings("bench", { method: "triplet", batch, perClass: 4, learningRate: 1e-3 }));
  const engine = await must(wasmEngine({ threads }));
  const plan = await must(async () => planOf(engine, settings));
  const step = trainingStep(plan);
  const given = givenLayout(plan).map(({ name, shape }) =>
    generate(shape, (flat) => (name === "labels" ? Math.floor(flat / 4) : 0.5 + 0.4 * Math.sin(1.7 * flat))),
  );
  const inputs = [...flatten(carriedLayout(plan), firstValues(settings, plan)), ...given].map(engine.upload);
  const { run } = prepared(await must(engine.compile(step.shapes, step.program)), inputs, -1);
  await run();
  return {
    picturesPerSecond: async (count: number): Promise<number> => {
      const started = performance.now();
      for (let index = 0; index < count; index++) await run();
      return (1000 * batch * count) / (performance.now() - started);
    },
    close: () => must(engine.close),
  };
};

/** Seconds from the start of a process to its first evaluation and to its first step, which its metrics tell. */
const started = async (words: readonly string[], out: string): Promise<readonly [start: number, firstStep: number]> => {
  const metrics = join(out, "metrics.jsonl");
  rmSync(out, { recursive: true, force: true });
  const from = performance.now();
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  const told = (event: string): boolean => existsSync(metrics) && readFileSync(metrics, "utf8").includes(`"event":"${event}"`);
  const until = async (event: string): Promise<number> => {
    while (!told(event) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
    return (performance.now() - from) / 1000;
  };
  const seconds = [await until("run"), await until("step")] as const;
  child.kill("SIGKILL");
  await ended;
  if (!told("step")) throw new Error("the run ended before its first step");
  return seconds;
};

/** JPEGs of few pictures, each file with a comment of its own, so that no content comes twice. */
const writePhotographs = (folder: string, count: number): void => {
  const files = Array.from({ length: 24 }, (_, number) => encodeJpeg(drawn(number), 85));
  mkdirSync(folder);
  for (let number = 0; number < count; number++)
    writeFileSync(join(folder, `${number}.jpg`), commented(files[number % files.length] ?? new Uint8Array(0), `picture ${number}`));
};

const measured = async (folder: string, { data, pictures, quick, times }: EndToEndOptions): Promise<Figures> => {
  const interpreter = python();
  const epochs = quick ? 2 : 20;
  const [cache, out, twin] = [join(folder, "cache"), join(folder, "run"), join(folder, "twin.jsonl")];
  const words = flagsOf(data, cache, out, epochs);
  const script = [join(root, "bench", "peers", "twin.py"), "--data", data, "--out", twin, "--seeds", "1", "--threads", String(threads)];
  // The cache is warm after this.
  timed("mdr train", process.execPath, [bin, ...flagsOf(data, cache, out, 1)]);

  const bare = await bareSteps();
  const rates: number[] = [];
  const trained: { readonly process: number; readonly seconds: number; readonly rate: number }[] = [];
  const scripts: { readonly process: number; readonly steps: number }[] = [];
  const wholeRun = (): void => {
    const seconds = timed("mdr train", process.execPath, [bin, ...words]);
    const results = readResults(out);
    if (E.isLeft(results)) throw new Error(results.left.message);
    trained.push({ process: seconds, seconds: results.right.seconds, rate: results.right.imagesPerSecond });
  };
  for (let round = 0; round < (times ?? 1); round++) {
    rates.push(await bare.picturesPerSecond(iterations));
    wholeRun();
    rates.push(await bare.picturesPerSecond(iterations));
    if (interpreter === undefined) continue;
    rmSync(twin, { force: true });
    const seconds = timed("the script", interpreter, [...script, ...recipeOf(epochs)]);
    scripts.push({ process: seconds, steps: (JSON.parse(readFileSync(twin, "utf8")) as { readonly in_steps: number }).in_steps });
  }
  await bare.close();

  const starts: (readonly [start: number, firstStep: number])[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round++) starts.push(await started(words, out));

  const photographs = join(folder, "photographs");
  writePhotographs(photographs, pictures);
  timed("mdr train", process.execPath, [bin, ...flagsOf(data, cache, out, 1)]);
  const embeds: number[] = [];
  const scriptEmbeds: number[] = [];
  for (let round = 0; round < 2; round++) {
    embeds.push(
      timed("mdr embed", process.execPath, [bin, "embed", out, photographs, "--engine", "wasm", "--to", join(folder, "ours.npy")]),
    );
    if (interpreter === undefined) continue;
    const peer = [join(root, "bench", "peers", "embed.py"), photographs, join(folder, "theirs.npy"), String(threads)];
    scriptEmbeds.push(timed("the script", interpreter, peer));
  }
  return {
    epochs,
    script_steps_s: interpreter === undefined ? null : least(scripts.map(({ steps }) => steps)),
    script_s: interpreter === undefined ? null : least(scripts.map((one) => one.process)),
    mdr_s: least(trained.map(({ seconds }) => seconds)),
    mdr_process_s: least(trained.map((one) => one.process)),
    bare_pictures_per_second: Math.max(...rates),
    mdr_pictures_per_second: Math.max(...trained.map(({ rate }) => rate)),
    start_s: least(starts.map(([start]) => start)),
    first_step_s: least(starts.map(([, firstStep]) => firstStep)),
    pictures,
    embed_s: least(embeds),
    script_embed_s: interpreter === undefined ? null : least(scriptEmbeds),
  };
};

const ratio = (theirs: number | null, ours: number): number | null => (theirs === null ? null : theirs / ours);

/** Larger is better for this program. */
const ratiosOf = (found: Figures) => ({
  training_over_script: ratio(found.script_steps_s, found.mdr_s),
  training_process_over_script: ratio(found.script_s, found.mdr_process_s),
  training_over_bare_steps: found.mdr_pictures_per_second / found.bare_pictures_per_second,
  embedding_over_script: ratio(found.script_embed_s, found.embed_s),
});

const said = (value: number | null, digits: number): string =>
  value === null ? "no python3 here imports torch (Debian: apt-get install python3-torch python3-pil)" : value.toFixed(digits);

const lines = (found: Figures): readonly string[] => [
  `${found.epochs * iterations} steps of ${batch}: the script's alone ${said(found.script_steps_s, 1)} s, mdr train's with evaluation each epoch ${found.mdr_s.toFixed(1)} s; ` +
    `whole processes ${said(found.script_s, 1)} and ${found.mdr_process_s.toFixed(1)} s`,
  `pictures a second: bare steps ${found.bare_pictures_per_second.toFixed(0)}, mdr train ${found.mdr_pictures_per_second.toFixed(0)}`,
  `from start to the first evaluation, pictures decoded before: ${found.start_s.toFixed(2)} s; to the first step after it ${found.first_step_s.toFixed(2)} s`,
  `${found.pictures} JPEGs of 500 x 375: the script ${said(found.script_embed_s, 1)} s, mdr embed ${found.embed_s.toFixed(1)} s`,
  ...Object.entries(ratiosOf(found)).map(([name, value]) => `${name.padEnd(30)} ${said(value, 2)}`),
];

export const benchEndToEnd = async (options: EndToEndOptions): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-end-to-end-"));
  try {
    const found = await measured(folder, options);
    process.stdout.write(
      options.asJson ? `${JSON.stringify({ ...found, ratios: ratiosOf(found) }, null, 2)}\n` : `${lines(found).join("\n")}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
