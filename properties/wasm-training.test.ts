import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Engine, type Resident, referenceEngine, someEngine } from "../src/engines/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import { compactBackbone, initialise } from "../src/nn/index.js";
import { normals, seeded, split, uniforms } from "../src/random/index.js";
import { generate, type Shape, scalar, sizeOf, type Tensor, vector } from "../src/tensor/index.js";
import { firstCarried, readObserved, type StepSettings, trainingStep } from "../src/train/index.js";
import { readGoldens, verifyAgainst } from "../src/verify/index.js";
import { must } from "./laws.js";

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
  objective: { method: "triplet-mdr", variant: "paper", lambda: 0.2, nu: 0.01, gamma: 0.9, margin: 0.2, miner: "distance-weighted" },
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5 },
  mode: "train",
  images: [BATCH, side, side, 3],
  levels: 3,
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

const losses = async <T>(engine: Engine<T>, settings: StepSettings, steps: number): Promise<readonly number[]> => {
  const { carried, shapes, program } = trainingStep(settings);
  const compiled = await must(engine.compile(shapes, program));
  const begun = firstCarried(
    settings,
    initialise(settings.network.parameters, 3),
    initialise(settings.network.state, 3),
    vector([-3, 0, 3]),
  );
  let state: readonly Resident[] = carried.flatMap(({ name }) => (begun[name] === undefined ? [] : [engine.upload(begun[name])]));
  const curve: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const [drawn] = uniforms(BATCH * BATCH, split(seeded(11), step));
    const given = [
      pictures(settings.images, step),
      generate([BATCH], (index) => index % CLASSES),
      generate([BATCH, BATCH], (index) => drawn[index] ?? 0),
      scalar(1e-3),
      scalar(1 - 0.9 ** step),
      scalar(1 - 0.999 ** step),
    ].map(engine.upload);
    const outputs = await must(compiled.run([...state, ...given]));
    const row = outputs.at(-1);
    if (row === undefined) throw new Error("the step observed nothing");
    curve.push(readObserved(await must(row.read)).loss);
    for (const resident of [...state, ...given, row]) resident.release();
    state = outputs.slice(0, -1);
  }
  compiled.close();
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
