import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Engine, referenceEngine, someEngine } from "../src/engines/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import { compactBackbone } from "../src/nn/index.js";
import { normals, seeded, split } from "../src/random/index.js";
import { generate, type Shape, sizeOf, type Tensor } from "../src/tensor/index.js";
import { firstCarried, objectiveOf, type Plan, run, type StepSettings } from "../src/train/index.js";
import { readGoldens, verifyAgainst } from "../src/verify/index.js";
import { must } from "./laws.js";
import { sourceOf, trainingSourceOf } from "./sources.js";

let wasm: WasmEngine;

beforeAll(async () => {
  wasm = await must(wasmEngine({ threads: 2 }));
});

afterAll(async () => {
  await must(wasm.close);
});

test("ten training steps follow PyTorch's, parameter by parameter, within the float32 bound of the verification", async () => {
  const goldens = await readGoldens();
  if (E.isLeft(goldens)) throw new Error(goldens.left.message);
  const { checks } = await verifyAgainst(goldens.right.filter(({ formula }) => formula === "training"))(
    [someEngine(wasm)],
    () => undefined,
  );
  const trajectory = checks.filter(({ formula, against }) => formula === "training" && against === "golden");
  expect(trajectory.length).toBeGreaterThan(0);
  for (const { pass, worst, error, bound } of trajectory) expect(pass, `${worst}: error ${error}, bound ${bound}`).toBe(true);
});

const BATCH = 8;
const CLASSES = 2;

const settingsOf = (width: number, side: number): StepSettings => ({
  network: compactBackbone({ width, stages: 2, embedding: 4 }),
  objective: objectiveOf({ method: "triplet-mdr", variant: "paper", miner: "distance-weighted", lambda: 0.2 }),
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5 },
  mode: "train",
  images: [BATCH, side, side, 3],
});

/** Pictures of a class: its own pattern, under noise. */
const pictures = (images: Shape, step: number): Tensor => {
  const entries = sizeOf(images) / BATCH;
  const [noise] = normals(sizeOf(images), split(seeded(7), step));
  return generate(images, (flat) => {
    const picture = Math.floor(flat / entries);
    return Math.sin((flat % entries) * (0.2 + 0.1 * (picture % CLASSES))) + 0.5 * (noise[flat] ?? 0);
  });
};

const losses = async <T>(engine: Engine<T>, settings: StepSettings, count: number): Promise<readonly number[]> => {
  const labels = Array.from({ length: BATCH }, (_, index) => index % CLASSES);
  const train = trainingSourceOf(sourceOf(pictures(settings.images, 0), labels), (_, step) => ({
    images: pictures(settings.images, step),
    labels,
  }));
  const plan: Plan = {
    ...settings,
    head: () => (embeddings) => embeddings,
    seed: 11,
    epochs: 1,
    iterations: count,
    learningRate: () => 1e-3,
    stepsPerPlan: 1,
    microBatch: undefined,
  };
  const begun = { carried: firstCarried(settings, 3), step: 0, history: [] };
  const curve: number[] = [];
  for await (const event of run(engine, plan, { train, query: train }, () => TE.right({}), begun)) {
    if (event.kind === "fault") throw new Error(event.fault.message);
    if (event.kind === "steps") curve.push(...event.reports.map(({ loss }) => loss));
  }
  return curve;
};

// Widths by eights go through Winograd's convolutions, others do not.
test.each([
  ["directly", 3, 6, 500],
  ["by Winograd", 8, 8, 100],
] as const)(
  "training %s follows the reference: the same first steps, and means of a fifth of the losses within 5 %%",
  async (_, width, side, steps) => {
    const settings = settingsOf(width, side);
    const expected = await losses(referenceEngine, settings, steps);
    const got = await losses(wasm, settings, steps);
    for (let step = 0; step < 5; step++) expect(got[step]).toBeCloseTo(expected[step] ?? Number.NaN, 4);
    const part = steps / 5;
    const means = (curve: readonly number[]): readonly number[] =>
      [0, 1, 2, 3, 4].map((index) => curve.slice(index * part, (index + 1) * part).reduce((total, loss) => total + loss / part, 0));
    const truth = means(expected);
    means(got).forEach((mean, index) => {
      expect(Math.abs(mean / (truth[index] ?? Number.NaN) - 1), `steps from ${part * index}: ${mean} and ${truth[index]}`).toBeLessThan(
        0.05,
      );
    });
    expect(truth[4]).toBeLessThan(0.9 * (truth[0] ?? 0));
  },
);
