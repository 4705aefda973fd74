/**
 * Whole small trainings against an independent program (golden/run.py): what every step was given (pictures, labels, the miner's
 * random numbers, learning rate), what it gave, what evaluation found after each epoch, and what was trained at the end.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../src/engines/index.js";
import { referenceEngine } from "../src/engines/reference/index.js";
import { evaluateRetrieval } from "../src/evaluate/index.js";
import { loadCheckpoint } from "../src/runs/index.js";
import { splitPictures } from "../src/store/index.js";
import { at, sizeOf, type Tensor, vector } from "../src/tensor/index.js";
import { bestEpochOf, parseSettings, train } from "../src/train/index.js";
import { errorOf } from "../src/verify/errors.js";

type Numbers = Readonly<Record<string, number>>;

/** Four numbers of a tensor: sum, sum of squares, first and last entry. */
type Digest = readonly number[];

interface Step {
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly indices: readonly number[];
  readonly labels: readonly number[];
  readonly uniforms: Digest;
  /** The first picture as the network sees it, as bytes before normalisation, in base64. */
  readonly firstPicture: string;
  readonly loss: number;
  readonly metricLoss: number;
  readonly meanDistance: number;
  readonly levels: readonly number[];
  /** Of the regularizer, where there is one. */
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

const [first, ...goldens] = (
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

/** The bytes that became the first picture of a batch. */
const firstPictureOf = (images: Tensor): string => {
  const bytes = Uint8Array.from({ length: sizeOf(images.shape.slice(1)) }, (_, index) =>
    Math.round(255 * (at(images.data, index) * (deviation[index % 3] ?? 0) + (mean[index % 3] ?? 0))),
  );
  return Buffer.from(bytes).toString("base64");
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

/** Our training of a case's pictures under its settings, told as the golden tells it. The one place that knows how training is called. */
const trained = async (own: Golden["settings"], out: string): Promise<Trained> => {
  const settings = right(parseSettings("golden", { ...own, out }));
  const pictures = right(
    splitPictures(
      {
        side: first.side,
        labels: first.labels,
        pixels: Buffer.from(first.pixels, "base64"),
        files: first.labels.map((label, index) => `${label}/${index}.png`),
        classes: [...new Set(first.labels)].map(String),
        warnings: [],
      },
      settings,
    ),
  );
  const [engine, uploads] = watched(referenceEngine);
  const drawn: (readonly number[])[] = [];
  const steps: Step[] = [];
  const epochs: Epoch[] = [];
  const embeddings: Tensor[] = [];
  const result = await train(engine, {
    settings,
    train: {
      ...pictures.train,
      draw: (random) => {
        drawn.push(pictures.train.draw(random));
        return drawn.at(-1) ?? [];
      },
    },
    test: pictures.test,
    score: (found, labels) => {
      embeddings.push(found);
      return evaluateRetrieval(found, labels, { ranks: settings.recall, nmi: false });
    },
    onStep: ({ imagesPerSecond: _, ...report }) => {
      // A step's images, labels and uniforms are handed over in this order, after those of the evaluation before it.
      const place = uploads.findLastIndex(({ shape }) => shape.length === 1 && shape[0] === settings.batch);
      const [images, labels, uniforms] = uploads.slice(place - 1, place + 2);
      if (images === undefined || labels === undefined || uniforms === undefined) throw new Error("the step was given nothing");
      steps.push({
        ...report,
        indices: drawn.at(-1) ?? [],
        labels: Array.from(labels.data),
        uniforms: digest(uniforms),
        firstPicture: firstPictureOf(images),
      });
    },
    onEpoch: ({ epoch, scores }) => epochs.push({ epoch, scores, embeddings: digest(embeddings.at(-1) ?? vector([0])) }),
  })();
  const { tensors } = right(loadCheckpoint(out));
  return {
    steps,
    epochs,
    bestEpoch: right(result).bestEpoch,
    end: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, digest(tensor)])),
  };
};

/** Float64 on both sides; twelve steps let rounding grow a little. */
const bound = 1e-9;

const expectClose = (expected: readonly number[], actual: readonly number[] | undefined, where: string): void => {
  const { error, worst } = errorOf(vector(expected), actual === undefined ? undefined : vector(actual), where);
  expect(error, worst).toBeLessThan(bound);
};

const bytesOf = (base64 = ""): readonly number[] => [...Buffer.from(base64, "base64")];

const folder = mkdtempSync(join(tmpdir(), "mdr-golden-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(goldens)("$name", (golden) => {
  let ours: Trained;
  beforeAll(async () => {
    ours = await trained(golden.settings, join(folder, golden.name.replaceAll(/[ ,]+/g, "-")));
  });

  it("draws each step's pictures, and hands over their labels with them", () => {
    expect(ours.steps.map(({ step, epoch, indices, labels }) => ({ step, epoch, indices, labels }))).toEqual(
      golden.steps.map(({ step, epoch, indices, labels }) => ({ step, epoch, indices, labels })),
    );
  });

  it("crops, resamples and mirrors them alike, anew each step", () => {
    golden.steps.forEach(({ step, firstPicture }, index) => {
      expectClose(bytesOf(firstPicture), bytesOf(ours.steps[index]?.firstPicture), `bytes of the first picture of step ${step}`);
    });
  });

  it("gives the miner the same random numbers, others each step", () => {
    golden.steps.forEach(({ uniforms }, index) => {
      expectClose(uniforms, ours.steps[index]?.uniforms, `uniforms of step ${index + 1}`);
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
    golden.steps.forEach((step, index) => {
      for (const part of ["loss", "metricLoss", "meanDistance", "mdrLoss", "levelDecay", "mean", "deviation"] as const) {
        const [expected, actual] = [step[part], ours.steps[index]?.[part]];
        if (expected !== undefined) expectClose([expected], actual === undefined ? undefined : [actual], `${part} of step ${step.step}`);
      }
      expectClose(step.levels, ours.steps[index]?.levels, `levels of step ${step.step}`);
    });
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
    for (const [name, expected] of Object.entries(golden.end)) expectClose(expected, ours.end[name], name);
  });
});
