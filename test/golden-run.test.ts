/**
 * Whole small trainings against an independent program (golden/run.py): what every step was given (pictures, labels, the miner's
 * random numbers, learning rate), what it gave, what evaluation found after each epoch, and what was trained at the end. Ours go
 * the whole way: from files through the store, the sampler and the step to the scores.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../src/engines/index.js";
import { referenceEngine } from "../src/engines/reference/index.js";
import { backbones } from "../src/nn/index.js";
import { loadCheckpoint, parseSettings, perform, type Settings, scoreWith } from "../src/runs/index.js";
import { openSources, type Sources } from "../src/store/index.js";
import { at, axisLength, type Named, sizeOf, type Tensor, vector } from "../src/tensor/index.js";
import { batchOf, bestEpochOf, firstValues, planOf, run, type StepReport } from "../src/train/index.js";
import { errorOf } from "../src/verify/errors.js";

type Numbers = Readonly<Record<string, number>>;

/** Four numbers of a tensor: sum, sum of squares, first and last entry. */
type Digest = readonly number[];

interface Step {
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly labels: readonly number[];
  /** Of each picture as the network sees it, in bytes before normalisation: the sum of byte times place, 1 being the first. */
  readonly checksums: readonly number[];
  /** Of the miner, where it draws. */
  readonly uniforms?: Digest | undefined;
  readonly loss: number;
  readonly metricLoss: number;
  readonly meanDistance: number;
  /** Of the regularizer, where there is one. */
  readonly levels?: readonly number[];
  readonly mdrLoss?: number;
  readonly levelDecay?: number;
  readonly mean?: number;
  readonly deviation?: number;
}

interface Epoch {
  readonly epoch: number;
  readonly scores: Numbers;
  readonly embeddings: Digest;
}

interface Trained {
  readonly steps: readonly Step[];
  readonly epochs: readonly Epoch[];
  readonly bestEpoch: number;
  readonly end: Readonly<Record<string, Digest>>;
}

interface Golden extends Trained {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

interface Pictures {
  readonly side: number;
  readonly labels: readonly number[];
  readonly pixels: string;
}

const [pictures, ...goldens] = (
  JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "run.json"), "utf8")) as {
    readonly cases: readonly [Pictures, ...Golden[]];
  }
).cases;

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};

const digest = ({ data }: Tensor): Digest => {
  const values = Array.from(data);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
  return [sum(values), sum(values.map((value) => value * value)), at(data, 0), at(data, data.length - 1)];
};

/** ImageNet's, by which a network's input is normalised: red, green, blue. */
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/** Of the bytes that became each picture of a batch. */
const checksumsOf = ({ shape, data }: Tensor): readonly number[] => {
  const length = sizeOf(shape.slice(1));
  const byteAt = (index: number): number => Math.round(255 * (at(data, index) * (deviation[index % 3] ?? 0) + (mean[index % 3] ?? 0)));
  return Array.from({ length: axisLength(shape, 0) }, (_, picture) =>
    Array.from({ length }, (__, place) => (place + 1) * byteAt(picture * length + place)).reduce((sum, value) => sum + value, 0),
  );
};

/** The engine, and every tensor that was handed to it, in order. */
const watched = <T>(engine: Engine<T>): readonly [Engine<T>, readonly Tensor[]] => {
  const uploads: Tensor[] = [];
  const upload: Engine<T>["upload"] = (tensor) => {
    uploads.push(tensor);
    return engine.upload(tensor);
  };
  return [{ ...engine, upload }, uploads];
};

const folder = mkdtempSync(join(tmpdir(), "mdr-golden-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The golden's pictures as files, in a folder of class folders. */
const writePictures = (root: string): void => {
  const { side, labels } = pictures;
  const bytes = Buffer.from(pictures.pixels, "base64");
  labels.forEach((label, index) => {
    const file = join(root, `class ${String(label).padStart(2, "0")}`, `${String(index).padStart(3, "0")}.png`);
    const data = Uint8Array.from(bytes.subarray(3 * side * side * index, 3 * side * side * (index + 1)));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, encode({ width: side, height: side, channels: 3, data }));
  });
};

const settingsOf = (own: Golden["settings"], more: Golden["settings"] = {}): Settings =>
  right(parseSettings("golden", { ...own, data: folder, ...more }));

const sourcesOf = async (settings: Settings): Promise<Sources> =>
  right(await openSources({ ...settings, ...batchOf(settings), statistics: backbones[settings.backbone].statistics })());

const digests = (tensors: Named<Tensor>): Trained["end"] =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, digest(tensor)]));

/** Our training under these settings, told as the golden tells it. The one place that knows how training is called. */
const trained = async (settings: Settings): Promise<Trained> => {
  const sources = await sourcesOf(settings);
  const [engine, uploads] = watched(referenceEngine);
  const plan = right(planOf(engine, settings));
  const evaluated: Tensor[] = [];
  const score: typeof scoring = (queries, gallery) => {
    evaluated.push(queries.embeddings);
    return scoring(queries, gallery);
  };
  const scoring = scoreWith(settings);
  const steps: Step[] = [];
  const epochs: Epoch[] = [];
  let end: Trained["end"] = {};
  let bestEpoch = -1;
  for await (const event of run(engine, plan, sources, score, { carried: firstValues(settings, plan), step: 0, history: [] })) {
    if (event.kind === "fault") throw new Error(event.fault.message);
    if (event.kind === "steps") {
      const [report] = event.reports;
      // A step's images, labels and random numbers are handed over in this order, after all that was evaluated before it.
      const place = uploads.findLastIndex(({ shape }) => shape.length === 1 && shape[0] === settings.batch);
      const [images, labels, uniforms] = uploads.slice(place - 1, place + 2);
      if (report === undefined || images === undefined || labels === undefined) throw new Error("the step was given nothing");
      steps.push({
        ...(report as unknown as Step),
        labels: Array.from(labels.data),
        checksums: checksumsOf(images),
        uniforms: uniforms === undefined ? undefined : digest(uniforms),
      });
      continue;
    }
    const { epoch, scores } = event.report;
    epochs.push({ epoch, scores, embeddings: digest(evaluated.at(-1) ?? vector([0])) });
    if (event.best) bestEpoch = epoch;
    end = digests(right(await event.snapshot()));
  }
  await sources.close();
  return { steps, epochs, bestEpoch, end };
};

/** Float64 on both sides; twelve steps let rounding grow a little. */
const bound = 1e-9;

const expectClose = (expected: readonly number[], actual: readonly number[] | undefined, where: string): void => {
  const { error, worst } = errorOf(vector(expected), actual === undefined ? undefined : vector(actual), where);
  expect(error, worst).toBeLessThan(bound);
};

const lossParts = ["loss", "metricLoss", "meanDistance", "mdrLoss", "levelDecay", "mean", "deviation"] as const;

const expectLosses = (expected: readonly Step[], actual: readonly Step[]): void => {
  expect(actual.map(({ step }) => step)).toEqual(expected.map(({ step }) => step));
  expected.forEach((step, index) => {
    for (const part of lossParts) {
      const [value, found] = [step[part], actual[index]?.[part]];
      if (value !== undefined) expectClose([value], found === undefined ? undefined : [found], `${part} of step ${step.step}`);
    }
    if (step.mdrLoss !== undefined) expectClose(step.levels ?? [], actual[index]?.levels, `levels of step ${step.step}`);
  });
};

const expectEnd = (expected: Trained["end"], actual: Trained["end"]): void => {
  for (const [name, value] of Object.entries(expected)) expectClose(value, actual[name], name);
};

beforeAll(() => writePictures(folder));

describe.each(goldens)("$name", (golden) => {
  let ours: Trained;
  beforeAll(async () => {
    ours = await trained(settingsOf(golden.settings));
  });

  it("gives each step its pictures' labels in step with them", () => {
    const told = ({ step, epoch, labels }: Step) => ({ step, epoch, labels });
    expect(ours.steps.map(told)).toEqual(golden.steps.map(told));
  });

  it("gives each step its pictures, cropped, resampled and mirrored alike", () => {
    golden.steps.forEach(({ step, checksums }, index) => {
      expect(ours.steps[index]?.checksums, `pictures of step ${step}`).toEqual(checksums);
    });
  });

  it("gives the miner the same random numbers, others each step", () => {
    golden.steps.forEach(({ step, uniforms }, index) => {
      if (uniforms !== undefined) expectClose(uniforms, ours.steps[index]?.uniforms, `random numbers of step ${step}`);
    });
  });

  it("takes steps at the rate of their epoch", () => {
    expectClose(
      golden.steps.map(({ learningRate }) => learningRate),
      ours.steps.map(({ learningRate }) => learningRate),
      "learning rates",
    );
  });

  it("loses alike in every step, part by part", () => {
    expectLosses(golden.steps, ours.steps);
  });

  it("evaluates alike before training and after each epoch, and calls the same epoch the best", () => {
    expect(ours.epochs.map(({ epoch }) => epoch)).toEqual(golden.epochs.map(({ epoch }) => epoch));
    golden.epochs.forEach(({ epoch, scores, embeddings }, index) => {
      expectClose(embeddings, ours.epochs[index]?.embeddings, `embeddings of epoch ${epoch}`);
      for (const [rank, share] of Object.entries(scores))
        expect(ours.epochs[index]?.scores[rank], `${rank} of epoch ${epoch}`).toBeCloseTo(share, 12);
    });
    expect(ours.bestEpoch).toBe(golden.bestEpoch);
    expect(bestEpochOf(golden.epochs.map(({ scores }) => scores))).toBe(golden.bestEpoch);
  });

  it("ends with the same parameters, levels and running statistics", () => {
    expectEnd(golden.end, ours.end);
  });

  const { depth, batchNorm } = golden.settings;

  // The quick ones, of few layers.
  if (depth === 0)
    it("stopped and saved in the middle of an epoch, goes on to the same end", async () => {
      const settings = settingsOf(golden.settings, { out: join(folder, `.run ${golden.name}`) });
      const sources = await sourcesOf(settings);
      let asked = 0;
      expect(E.isLeft(await perform(referenceEngine, settings, sources, { stopped: () => ++asked === 6 })())).toBe(true);
      const reports: StepReport[] = [];
      const resumed = await perform(referenceEngine, settings, sources, {
        resume: right(loadCheckpoint(settings.out)),
        onEvent: (event) => reports.push(...(event.kind === "steps" ? event.reports : [])),
      })();
      await sources.close();
      expectLosses(golden.steps.slice(6), reports as readonly unknown[] as readonly Step[]);
      expectEnd(golden.end, digests(right(loadCheckpoint(settings.out)).tensors));
      expect(right(resumed).bestEpoch).toBe(golden.bestEpoch);
      expect(right(resumed).before).toMatchObject(ours.epochs[0]?.scores ?? {});
    });

  if (depth === 0 && batchNorm === "frozen")
    it("is the same in micro-batches of five pictures", async () => {
      const split = await trained(settingsOf(golden.settings, { microBatch: 5 }));
      expectLosses(golden.steps, split.steps);
      expectEnd(golden.end, split.end);
    });
});
