import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { type GpuTensor, gpuEngine } from "../src/engines/gpu/index.js";
import type { Engine } from "../src/engines/index.js";
import { referenceEngine } from "../src/engines/reference/index.js";
import type { Fault } from "../src/faults/index.js";
import { imagenetStatistics } from "../src/nn/index.js";
import {
  type Checkpoint,
  type FoundCheckpoint,
  fitting,
  loadCheckpoint,
  type Performance,
  parseSettings,
  perform,
  readMetrics,
  type Settings,
  saveCheckpoint,
} from "../src/runs/index.js";
import { parseConfig } from "../src/settings/index.js";
import { openSources, type Sources } from "../src/store/index.js";
import { batchOf, type RunResult } from "../src/train/index.js";
import { encodeTensors } from "../src/weights/index.js";
import { unless } from "./missing.js";

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};

const folder = mkdtempSync(join(tmpdir(), "mdr-train-"));
const settings = (changes: Readonly<Record<string, unknown>> = {}): Settings =>
  right(
    parseSettings("test", {
      data: join(folder, "data"),
      out: join(folder, "run"),
      imageSize: 16,
      width: 4,
      depth: 1,
      embedding: 6,
      batch: 6,
      perClass: 2,
      epochs: 2,
      iterations: 3,
      decaySteps: [1],
      learningRate: 0.003,
      recall: [1, 2],
      ...changes,
    }),
  );

let pictures: Sources;

beforeAll(async () => {
  right(await makeDataset({ seed: 3, classes: 6, imagesPerClass: 5, size: 24 }, join(folder, "data"))());
  pictures = right(await openSources({ ...settings(), ...batchOf(settings()), statistics: imagenetStatistics })());
});
afterAll(async () => {
  await pictures.close();
  rmSync(folder, { recursive: true, force: true });
});

const runOn = <T>(engine: Engine<T>, own: Settings, more: Performance = {}): Promise<E.Either<Fault, RunResult>> =>
  perform(engine, own, pictures, more)();

const run = (own: Settings, more: Performance = {}): Promise<E.Either<Fault, RunResult>> => runOn(referenceEngine, own, more);

/** Metrics without what the clock says. */
const timeless = (out: string) => readMetrics(out).lines.map(({ imagesPerSecond: _, ...line }) => line);

describe("a training run", () => {
  it("is the same twice for one seed, and another for another", async () => {
    const [a, b, c] = [
      settings({ out: join(folder, "a") }),
      settings({ out: join(folder, "b") }),
      settings({ out: join(folder, "c"), seed: 2 }),
    ];
    const first = right(await run(a));
    const second = right(await run(b));
    right(await run(c));
    expect(second.final).toEqual(first.final);
    expect(timeless(b.out)).toEqual(timeless(a.out));
    expect(timeless(c.out)).not.toEqual(timeless(a.out));
    expect(right(loadCheckpoint(b.out)).tensors).toEqual(right(loadCheckpoint(a.out)).tensors);
    expect(timeless(a.out).filter(({ event }) => event === "step")).toHaveLength(6);
    expect(timeless(a.out).filter(({ event }) => event === "epoch")).toHaveLength(3);
  });

  it("goes on after an interruption in the middle of an epoch exactly as it would have", async () => {
    const whole = settings({ out: join(folder, "whole") });
    const broken = settings({ out: join(folder, "broken") });
    const expected = right(await run(whole));
    let asked = 0;
    const stopped = await run(broken, { stopped: () => ++asked === 2 });
    expect(E.isLeft(stopped) && stopped.left.kind).toBe("interrupted");
    const resume = right(loadCheckpoint(broken.out));
    expect(resume.record.step).toBe(2);
    const resumed = right(await run(broken, { resume }));
    expect(resumed.final).toEqual(expected.final);
    expect(timeless(broken.out)).toEqual(timeless(whole.out));
    expect(right(loadCheckpoint(broken.out)).tensors).toEqual(right(loadCheckpoint(whole.out)).tensors);
  });

  it("says where it goes on by an engine that rounds differently, and nothing where it is the same", async () => {
    const own = settings({ out: join(folder, "other-engine"), epochs: 1 });
    right(await run(own));
    const notesOf = async (backend: string): Promise<readonly string[]> => {
      const notes: string[] = [];
      const engine = { ...referenceEngine, info: { ...referenceEngine.info, backend } };
      right(await runOn(engine, own, { resume: right(loadCheckpoint(own.out)), onNote: (line) => notes.push(line) }));
      return notes;
    };
    expect(await notesOf("float64 loops")).toEqual([]);
    expect(await notesOf("other loops")).toEqual([
      expect.stringMatching(
        /^computed by reference \(float64 loops\) until step 3, and by reference \(other loops\) from there on: .*bits/,
      ),
    ]);
  });

  it("goes on from a checkpoint of the first version, whose names were others, to the same bits", async () => {
    const whole = settings({ out: join(folder, "second-version"), epochs: 2 });
    const old = settings({ out: join(folder, "first-version"), epochs: 1 });
    const expected = right(await run(whole));
    right(await run(old));
    const { record, tensors } = right(loadCheckpoint(old.out));
    const { run: _, trained: __, data: ___, classes: ____, ...first } = record;
    const { classOrder, lone, ...known }: Readonly<Record<string, unknown>> = first.settings;
    expect([classOrder, lone]).toEqual(["numbers", "skip"]);
    const names = (name: string): string =>
      name
        .replace(".objective.regularizer.levels", ".levels")
        .replace("state.objective.regularizer.", "momentum.")
        .replace("state.network.", "state.");
    const renamed = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [names(name), tensor]));
    expect(Object.keys(renamed)).toEqual(expect.arrayContaining(["parameter.levels", "momentum.seen", "state.stem.norm.mean"]));
    const out = join(folder, "left-by-the-first-version");
    mkdirSync(out);
    const name = "epoch-0001.safetensors";
    const before = { ...first, settings: known };
    writeFileSync(join(out, name), encodeTensors({ tensors: renamed, metadata: { mdr: JSON.stringify(before) } }, "F64"));
    for (const named of ["last", "best"]) writeFileSync(join(out, `${named}.json`), JSON.stringify({ tensors: name, ...before }));
    expect(right(loadCheckpoint(out)).record.settings).toEqual({ ...first.settings, classOrder: "text", lone: "miss" });
    const resumed = right(await run({ ...old, out, epochs: 2 }, { resume: right(loadCheckpoint(out)) }));
    expect(resumed.final).toEqual(expected.final);
    expect(right(loadCheckpoint(out)).tensors).toEqual(right(loadCheckpoint(whole.out)).tensors);
  });

  it("keeps only the tensors that last.json, previous.json and best.json name, and reports both epochs", async () => {
    const own = settings({ out: join(folder, "kept"), epochs: 3 });
    const result = right(await run(own));
    const files = readdirSync(own.out).filter((name) => name.endsWith(".safetensors"));
    const named = ["last.json", "previous.json", "best.json"]
      .filter((name) => existsSync(join(own.out, name)))
      .map((name) => (JSON.parse(readFileSync(join(own.out, name), "utf8")) as { tensors: string }).tensors);
    expect(files.sort()).toEqual([...new Set(named)].sort());
    expect(result.best["recall@1"]).toBeGreaterThanOrEqual(result.final["recall@1"] ?? 0);
  });

  it("stops on a loss that is no number, says the step and what was large, and saves the state before it", async () => {
    const own = settings({ out: join(folder, "nan"), learningRate: 1e200 });
    const result = await run(own);
    if (E.isRight(result)) throw new Error("it went on");
    expect(result.left.message).toMatch(/^step \d+: the loss is NaN .*largest before it: \S+ reaches .*lower learningRate.*fault\.json/);
    expect(existsSync(join(own.out, "fault.json"))).toBe(true);
    expect(right(loadCheckpoint(join(own.out, "fault.json"))).record.step).toBeGreaterThanOrEqual(0);
  });
});

describe.each(["webasm", "cpu", "headlessgl", "webgpu"] as const)("several steps a plan, GPU.js %s", (backend) => {
  let engine: E.Either<{ readonly message: string }, Engine<GpuTensor>>;
  beforeAll(async () => {
    engine = await gpuEngine(backend)();
  });
  afterAll(async () => {
    if (E.isRight(engine)) right(await engine.right.close());
  });
  const own = (name: string, changes: Readonly<Record<string, unknown>>): Settings =>
    settings({ out: join(folder, `${backend}-${name}`), width: 2, depth: 0, ...changes });

  it("give the numbers of single steps, with a remainder and an interruption", async (context) => {
    if (E.isLeft(engine)) return context.skip(engine.left.message);
    const [single, double, broken] = [
      own("single", { stepsPerPlan: 1 }),
      own("double", { stepsPerPlan: 2 }),
      own("broken", { stepsPerPlan: 2 }),
    ];
    const expected = right(await runOn(engine.right, single));
    const asked: number[] = [];
    const together = right(await runOn(engine.right, double, { stopped: () => asked.push(asked.length) === 0 }));
    expect(together.final).toEqual(expected.final);
    expect(timeless(double.out)).toEqual(timeless(single.out));
    expect(right(loadCheckpoint(double.out)).tensors).toEqual(right(loadCheckpoint(single.out)).tensors);
    // Epochs of 3 steps: a plan of 2 and one of 1 each.
    expect(asked).toHaveLength(4);

    const stopped = await runOn(engine.right, broken, { stopped: () => true });
    expect(E.isLeft(stopped) && stopped.left.kind).toBe("interrupted");
    const resume = right(loadCheckpoint(broken.out));
    expect(resume.record.step).toBe(2);
    right(await runOn(engine.right, { ...broken, stepsPerPlan: 1 }, { resume }));
    expect(timeless(broken.out)).toEqual(timeless(single.out));
  }, 120_000);

  it("name the step that diverged, and keep the state before it", async (context) => {
    if (E.isLeft(engine)) return context.skip(engine.left.message);
    const changes = { learningRate: 1e30, method: "triplet-mdr" } as const;
    const [single, triple] = [own("nan-single", { ...changes, stepsPerPlan: 1 }), own("nan-triple", { ...changes, stepsPerPlan: 3 })];
    const [expected, together] = [await runOn(engine.right, single), await runOn(engine.right, triple)];
    if (E.isRight(expected) || E.isRight(together)) throw new Error("it went on");
    expect(together.left.message.replaceAll(triple.out, single.out)).toBe(expected.left.message);
    const fault = ({ out }: Settings) => right(loadCheckpoint(join(out, "fault.json")));
    expect(fault(triple).record.step).toBe(fault(single).record.step);
    expect(fault(triple).tensors).toEqual(fault(single).tensors);
  }, 120_000);
});

describe("checkpoints", () => {
  const checkpoint = async (): Promise<FoundCheckpoint> => {
    const own = settings({ out: join(folder, "checkpoint"), epochs: 1, iterations: 1 });
    if (!existsSync(join(own.out, "last.json"))) right(await run(own));
    return right(loadCheckpoint(own.out));
  };

  it("refuse tensors of another shape, naming the tensor and both shapes", async () => {
    const { tensors } = await checkpoint();
    const levels = fitting("run", [{ name: "parameter.objective.regularizer.levels", shape: [5] }], tensors);
    expect(E.isLeft(levels) && levels.left.message).toContain(
      'run: "parameter.objective.regularizer.levels" is [3], this network needs [5]',
    );
    const missing = fitting("run", [{ name: "parameter.other", shape: [5] }], tensors);
    expect(E.isLeft(missing) && missing.left.message).toContain('has no tensor "parameter.other"');
  });

  it("refuse to resume with another embedding size, and leave the run as it was", async () => {
    const resume = await checkpoint();
    const own = settings({ out: join(folder, "checkpoint"), embedding: 7 });
    const before = timeless(own.out);
    const result = await run(own, { resume });
    expect(E.isLeft(result) && result.left.message).toMatch(/this network needs \[.*7\]/);
    expect(timeless(own.out)).toEqual(before);
  });

  it(
    "survive a full disk: a clear line, and the previous one whole",
    unless(existsSync("/dev/full") ? "" : "there is no /dev/full here"),
    async () => {
      const held = await checkpoint();
      const out = join(folder, "checkpoint");
      const next: Checkpoint = { ...held, record: { ...held.record, epoch: 2, step: 2 } };
      symlinkSync("/dev/full", join(out, `epoch-0002.safetensors.${process.pid}.part`));
      const saved = saveCheckpoint(out, ["last"], next, "F64");
      expect(E.isLeft(saved) && saved.left.message).toMatch(/epoch-0002.safetensors: cannot be written: the disk is full/);
      expect(right(loadCheckpoint(out)).tensors).toEqual(held.tensors);
      expect(readdirSync(out).some((name) => name.endsWith(".part"))).toBe(false);
    },
  );

  it("say what is wrong with a file that is none", () => {
    writeFileSync(join(folder, "not.safetensors"), "hello, this is text");
    const read = loadCheckpoint(join(folder, "not.safetensors"));
    expect(E.isLeft(read) && read.left.message).toMatch(
      /not\.safetensors: is a text file by its content, and no safetensors file: use another file/,
    );
    const none = loadCheckpoint(join(folder, "nowhere"));
    expect(E.isLeft(none) && none.left.message).toMatch(/nowhere: no such file or folder/);
  });
});

describe("settings", () => {
  const fault = (values: Readonly<Record<string, unknown>>): Fault => {
    const parsed = parseSettings("my.json", values);
    if (E.isRight(parsed)) throw new Error("accepted");
    return parsed.left;
  };

  it("refuse an unknown key with a suggestion", () => {
    expect(fault({ learningrate: 1 }).message).toBe('my.json: unknown setting "learningrate"; did you mean "learningRate"?');
    expect(fault({ lamda: 1 }).message).toContain('did you mean "lambda"?');
    expect(fault({ qqqqqqqqqqqqq: 1 }).message).toContain("known: data, dataset, ");
    expect(fault({ lamda: 1 }).kind).toBe("usage");
  });

  it("refuse a value out of range, naming the key and what it is for", () => {
    expect(fault({ gamma: 1 }).message).toMatch(/^my\.json: "gamma" = 1: .*momentum of the distance statistics/);
    expect(fault({ method: "mdr" }).message).toMatch(/^my\.json: "method" = "mdr"/);
    expect(fault({ perClass: 100 }).message).toContain("more than the batch of 64");
    expect(fault({ epochs: "many" }).message).toContain('"epochs" = "many"');
  });

  it("refuse whitening where training keeps nothing to whiten by", () => {
    const parsed = parseSettings("my.json", { whitening: "on", batchNorm: "frozen" });
    expect(E.isLeft(parsed) ? parsed.left.message : "accepted").toMatch(/^my\.json: "whitening" = "on": .*keeps no statistics/);
    expect(E.isRight(parseSettings("my.json", { whitening: "on" }))).toBe(true);
  });

  it("refuse a config that is no object of settings", () => {
    for (const text of ["", "[1]", "7", "{"]) {
      const parsed = parseConfig("my.json", text);
      expect(E.isLeft(parsed) && parsed.left.message.startsWith("my.json: ")).toBe(true);
    }
  });
});
