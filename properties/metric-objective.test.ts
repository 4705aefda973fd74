import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Kernels } from "../src/engines/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import { allTripletsLoss, type Method, meanDistanceHead, type ObjectiveSettings, objective } from "../src/metric/index.js";
import { seeded, shuffled } from "../src/random/index.js";
import { at, itemOf, scalar, type Tensor, vector } from "../src/tensor/index.js";
import { allFinite, draws, labelsOf, levels, moved, one, RUNS, unseen, variants } from "./batches.js";
import { gradientMatchesDifferences, invariantUnderPermutation, reference as k, must, noise, seeds, sum } from "./laws.js";

const methods: readonly Method[] = ["triplet", "triplet-l2", "triplet-mdr"];
const miners: readonly ObjectiveSettings["miner"][] = ["distance-weighted", "random", "hardest", "semi-hard", "all"];
const base: ObjectiveSettings = {
  method: "triplet-mdr",
  variant: "paper",
  lambda: 0.6,
  nu: 0.01,
  gamma: 0.9,
  margin: 0.2,
  miner: "hardest",
};

describe("the objective", () => {
  const labels = labelsOf(8, 3);
  const input = (embeddings: Tensor) => ({ embeddings, labels, uniforms: draws(8, 5), levels, momentum: unseen });
  test("is metric + lambda MDR + decay, and for the plain methods the metric loss alone", () =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const x = noise([8, 5], seed);
        const mdr = objective(k, { ...base, method: "triplet-mdr" })(input(x));
        expect(itemOf(mdr.loss)).toBeCloseTo(itemOf(mdr.metricLoss) + 0.6 * itemOf(mdr.mdrLoss) + 0.01 * 18, 12);
        for (const method of ["triplet", "triplet-l2"] as const) {
          const plain = objective(k, { ...base, method })(input(x));
          expect(itemOf(plain.loss)).toBe(itemOf(plain.metricLoss));
          expect(Array.from(plain.pull().levels.data)).toEqual([0, 0, 0]);
        }
      }),
      RUNS,
    ));
  test("is invariant under permutation of the batch, and its gradient sums to zero", () =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const x = noise([8, 5], seed);
        const [order] = shuffled([0, 1, 2, 3, 4, 5, 6, 7], seeded(seed));
        invariantUnderPermutation(
          (embeddings) => {
            const own = embeddings === x ? labels : vector(order.map((row) => at(labels.data, row)));
            const result = objective(k, { ...base, method: "triplet-mdr" })({ ...input(embeddings), labels: own });
            return [result.loss, () => result.pull().embeddings];
          },
          x,
          order,
        );
        const gradient = objective(k, { ...base, method: "triplet-mdr" })(input(x)).pull().embeddings;
        for (let c = 0; c < 5; c++) expect(sum(Array.from({ length: 8 }, (_, r) => at(gradient.data, r * 5 + c)))).toBeCloseTo(0, 10);
      }),
      RUNS,
    ));
  test("with miner all, the metric loss is that over every triplet of the headed batch", () =>
    fc.assert(
      fc.property(seeds, variants, (seed, variant) => {
        const x = noise([8, 5], seed);
        const result = objective(k, { ...base, variant, method: "triplet", miner: "all" })(input(x));
        const [expected] = allTripletsLoss(k, { ...base, variant })(labels)(meanDistanceHead(k)(x)[0]);
        expect(itemOf(result.metricLoss)).toBe(itemOf(expected));
      }),
      RUNS,
    ));
  test("has a gradient that differences confirm, for every method, miner and variant, the statistics being held", () =>
    fc.assert(
      fc.property(seeds, fc.constantFrom(...methods), fc.constantFrom(...miners), variants, (seed, method, miner, variant) => {
        const held = { mean: scalar(1.01), deviation: scalar(0.27), seen: one };
        const run = objective(k, { ...base, method, miner, variant, gamma: 1 });
        const along = (embeddings: Tensor, own: Tensor) => run({ ...input(embeddings), levels: own, momentum: held });
        const x = noise([8, 5], seed);
        const own = vector([-1.234, 0.1234, 1.87]);
        gradientMatchesDifferences(
          (embeddings) => {
            const { loss, pull } = along(embeddings, own);
            return [loss, (dy) => k.zip("multiply", pull().embeddings, dy)];
          },
          x,
          seed,
          1e-5,
        );
        if (method !== "triplet-mdr") return;
        gradientMatchesDifferences(
          (some) => {
            const { loss, pull } = along(x, some);
            return [loss, (dy) => k.zip("multiply", pull().levels, dy)];
          },
          own,
          seed,
          1e-5,
        );
      }),
      { numRuns: 25 },
    ));
});

describe("no batch gives NaN, in float64 or float32, for any method, miner and variant", () => {
  const settings = methods.flatMap((method) =>
    miners.flatMap((miner) => (["paper", "official"] as const).map((variant) => ({ ...base, method, miner, variant }))),
  );
  /** Loss and gradient of each setting. */
  const program = <T>(kernels: Kernels<T>, [embeddings, labels, uniforms]: readonly T[]): readonly T[] => {
    if (embeddings === undefined || labels === undefined || uniforms === undefined) throw new Error("three inputs");
    const zero = kernels.constant(scalar(0));
    return settings.flatMap((one) => {
      const { loss, pull } = objective(
        kernels,
        one,
      )({
        embeddings,
        labels,
        uniforms,
        levels: kernels.constant(levels),
        momentum: { mean: zero, deviation: zero, seen: zero },
      });
      return [loss, pull().embeddings];
    });
  };
  const n = 8;
  const batches = (d: number): Readonly<Record<string, Tensor>> => ({
    ordinary: noise([n, d], 1),
    huge: moved(noise([n, d], 2), (value) => Math.fround(1e6 * value)),
    tiny: moved(noise([n, d], 3), (value) => Math.fround(1e-6 * value)),
    "a single point": moved(noise([n, d], 4), () => 1),
    zeros: moved(noise([n, d], 5), () => 0),
    duplicates: moved(noise([n, d], 6), (_, row, column) => ((row >> 1) + 1) * ((column % 3) - 1)),
    opposites: moved(noise([n, d], 7), (_, row) => (row % 2 === 0 ? 1 : -1)),
    "nearly a single point": moved(noise([n, d], 8), (value) => Math.fround(1 + 1e-7 * value)),
    "epsilon apart": moved(noise([n, d], 9), (_, row) => Math.fround(1e-6 * row)),
  });
  const labelings = {
    "four classes": labelsOf(n, 4),
    "one class": labelsOf(n, 1),
    "no two alike": labelsOf(n, n),
  };
  let engine: WasmEngine | undefined;
  beforeAll(async () => {
    engine = await must(wasmEngine({ threads: 1 }));
  });
  afterAll(async () => {
    if (engine !== undefined) await must(engine.close);
  });
  for (const d of [1, 512]) {
    test(`embeddings of length ${d}`, async () => {
      if (engine === undefined) throw new Error("no engine");
      const { run, close } = await must(engine.compile([[n, d], [n], [n, n]], program));
      const cases = [
        ...Object.entries(batches(d)).map((entry) => [...entry, "four classes"] as const),
        ...(["one class", "no two alike"] as const).map((labeling) => ["ordinary", noise([n, d], 1), labeling] as const),
      ];
      for (const [batch, x, labeling] of cases) {
        const inputs = [x, labelings[labeling], draws(n, 5)];
        const residents = inputs.map(engine.upload);
        const outputs = await must(run(residents));
        const results = { float64: program(k, inputs), float32: await Promise.all(outputs.map((output) => must(output.read))) };
        for (const resident of [...residents, ...outputs]) resident.release();
        for (const [precision, tensors] of Object.entries(results)) {
          const broken = tensors.flatMap((tensor, index) => {
            const { method, miner, variant } = settings[Math.floor(index / 2)] ?? base;
            return allFinite(tensor) ? [] : [`${method} ${miner} ${variant} ${index % 2 === 0 ? "loss" : "gradient"}`];
          });
          expect(broken, `${precision}, ${batch}, ${labeling}`).toEqual([]);
        }
      }
      close();
    });
  }
});
