// The split step is the whole step: the same loss, gradient and statistics whatever the micro-batch, on every engine.
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, referenceEngine, square } from "../src/engines/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import { batchNorm, convolution, globalAveragePool, type Layer, linear, type Mode, relu, sequence } from "../src/nn/index.js";
import { adamScalars, usualAdam } from "../src/optim/index.js";
import { normals, seeded, split, uniforms } from "../src/random/index.js";
import { flatten, generate, type Named, sizeOf, type Tensor, unflatten, vector } from "../src/tensor/index.js";
import {
  type Advancer,
  advancer,
  carriedLayout,
  firstCarried,
  type Method,
  microBatchOf,
  objectiveOf,
  readAll,
  type StepSettings,
  splitAdvancer,
  trainingStep,
} from "../src/train/index.js";
import { must } from "./laws.js";

const network: Layer = sequence([
  ["conv", convolution({ inputs: 3, outputs: 4, size: [3, 3], bias: false, ...square(1, 1) })],
  ["norm", batchNorm(4)],
  ["relu", relu],
  ["pool", globalAveragePool],
  ["linear", linear(4, 3)],
]);

const settingsOf = (count: number, method: Method, mode: Mode = "frozen"): StepSettings => ({
  network,
  objective: objectiveOf({ method, variant: "paper", miner: "distance-weighted" }),
  adam: usualAdam,
  mode,
  images: [count, 5, 5, 3],
});

const random = (shape: readonly number[], seed: number, name: string): Tensor => ({
  shape,
  data: normals(sizeOf(shape), split(seeded(seed), name))[0].map(Math.fround),
});

const begun = (settings: StepSettings, seed: number): Named<Tensor> => ({
  ...firstCarried(settings, seed),
  // Statistics that are not those of a network just made, so that frozen is not the identity.
  "state.network.norm.mean": random([4], seed, "mean"),
  "state.network.norm.variance": generate([4], (index) => 0.5 + index / 3),
});

const given = (settings: StepSettings, seed: number): Named<Tensor> => {
  const [count = 0] = settings.images;
  const labels = vector(Array.from({ length: count }, (_, index) => index % Math.max(2, Math.floor(count / 2))));
  const draws = uniforms(count * count, split(seeded(seed), "miner"))[0].map(Math.fround);
  return {
    images: random(settings.images, seed, "images"),
    labels,
    "draws.loss.miner": { shape: [count, count], data: draws },
    ...adamScalars(3, 1e-2, usualAdam),
  };
};

interface Outcome {
  readonly carried: Named<Tensor>;
  readonly loss: number;
}

const oneStep = async <T>(engine: Engine<T>, advancing: Advancer, settings: StepSettings, seed: number): Promise<Outcome> => {
  const layout = carriedLayout(settings);
  const residents = flatten(layout, begun(settings, seed)).map(engine.upload);
  const { carried, observed } = await must(advancing.advance(residents, [given(settings, seed)]));
  // The residents given stay valid, and those given back are not among them.
  expect(carried.some((resident) => residents.includes(resident))).toBe(false);
  const read = await must(readAll(layout, carried));
  expect(unflatten(layout, await Promise.all(residents.map(({ read: again }) => must(again))))).toBeDefined();
  for (const resident of [...residents, ...carried]) resident.release();
  advancing.close();
  return { carried: read, loss: observed[0]?.loss ?? Number.NaN };
};

const largest = (tensors: readonly Tensor[]): number =>
  tensors.reduce((most, { data }) => Array.from(data).reduce((most2, value) => Math.max(most2, Math.abs(value)), most), 1e-6);

/**
 * Largest difference of the gradients (Adam's first moments are a tenth of them) over the largest of them all, and of loss and
 * statistics over the largest of theirs. Not of the parameters: Adam divides a gradient that is nothing but rounding by itself.
 */
const difference = (expected: Outcome, actual: Outcome): number => {
  const of = (prefix: string): number => {
    const names = Object.keys(expected.carried).filter((name) => name.startsWith(prefix));
    const scale = largest(names.flatMap((name) => expected.carried[name] ?? []));
    return names.reduce((worst, name) => {
      const [one, other] = [expected.carried[name]?.data ?? [], actual.carried[name]?.data ?? []];
      return Array.from(one).reduce((most, value, index) => Math.max(most, Math.abs(value - Number(other[index])) / scale), worst);
    }, 0);
  };
  return Math.max(Math.abs(expected.loss - actual.loss), of("first."), of("state."));
};

const sameWhole = async <T>(engine: Engine<T>, settings: StepSettings, micro: number, seed: number): Promise<number> => {
  const whole = await oneStep(engine, await must(advancer(engine, trainingStep(settings), 1)), settings, seed);
  const parts = await oneStep(engine, await must(splitAdvancer(engine, settings, micro)), settings, seed);
  return difference(whole, parts);
};

let wasm: WasmEngine;
beforeAll(async () => {
  wasm = await must(wasmEngine({ threads: 2 }));
});
afterAll(async () => {
  await must(wasm.close);
});

const cases = fc.record({
  count: fc.integer({ min: 2, max: 11 }),
  micro: fc.integer({ min: 1, max: 12 }),
  method: fc.constantFrom<Method[]>("triplet", "triplet-l2", "triplet-mdr"),
  seed: fc.nat(1000),
});

describe("the split step", () => {
  it("is the whole step to rounding, on the reference, whatever the split", () =>
    fc.assert(
      fc.asyncProperty(cases, async ({ count, micro, method, seed }) => {
        expect(await sameWhole(referenceEngine, settingsOf(count, method), Math.min(micro, count), seed)).toBeLessThan(1e-9);
      }),
      { numRuns: 25 },
    ));

  it("is the whole step to rounding, on wasm", () =>
    fc.assert(
      fc.asyncProperty(cases, async ({ count, micro, method, seed }) => {
        expect(await sameWhole(wasm, settingsOf(count, method), Math.min(micro, count), seed)).toBeLessThan(2e-5);
      }),
      { numRuns: 25 },
    ));

  it("leaves nothing behind on the engine", async () => {
    const before = wasm.usage().used;
    await sameWhole(wasm, settingsOf(7, "triplet-mdr"), 3, 1);
    expect(wasm.usage().used).toBe(before);
  });

  it("refuses batch statistics, which a micro-batch has others of", async () => {
    const refused = await splitAdvancer(referenceEngine, settingsOf(6, "triplet", "train"), 2)();
    expect(E.isLeft(refused) && refused.left.message).toMatch(/batchNorm/);
  });

  it("auto takes the whole batch where it fits, and the largest half of halves where it does not", () => {
    const settings = settingsOf(16, "triplet");
    const limited = (available: number): Engine<unknown> => ({
      ...(referenceEngine as unknown as Engine<unknown>),
      measure: (shapes) =>
        E.right({ needed: shapes.find((shape) => shape.length === 4 && shape[3] === 3 && shape[1] === 5)?.[0] ?? 0, available }),
    });
    expect(microBatchOf(limited(16), settings, "auto")).toEqual(E.right(undefined));
    expect(microBatchOf(limited(7), settings, "auto")).toEqual(E.right(4));
    expect(microBatchOf(limited(1), settings, "auto")).toEqual(E.right(1));
    expect(E.isLeft(microBatchOf(limited(0), settings, "auto"))).toBe(true);
    expect(microBatchOf(limited(0), settings, 3)).toEqual(E.right(3));
    expect(microBatchOf(limited(0), settings, 0)).toEqual(E.right(undefined));
  });
});
