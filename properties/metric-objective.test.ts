import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Kernels } from "../src/engines/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import {
  allTripletsLoss,
  type HeadName,
  heads,
  losses,
  type MinerName,
  type MomentumState,
  meanDistanceHead,
  miners,
  objective,
  pairwiseDistances,
  type RegularizerName,
  regularizers,
  type Variant,
} from "../src/metric/index.js";
import { seeded, shuffled } from "../src/random/index.js";
import { at, itemOf, type Named, prefixed, scalar, type Tensor, vector } from "../src/tensor/index.js";
import { allFinite, awkward, draws, labelsOf, levels, moved, one, RUNS, unseen, variants } from "./batches.js";
import { gradientMatchesDifferences, invariantUnderPermutation, reference as k, must, noise, relativeError, seeds, sum } from "./laws.js";

const headNames = Object.keys(heads) as readonly HeadName[];
const regularizerNames = Object.keys(regularizers) as readonly RegularizerName[];
const minerNames = Object.keys(miners) as readonly MinerName[];

interface Choice {
  readonly head: HeadName;
  readonly regularizer: RegularizerName;
  readonly miner: MinerName;
  readonly variant: Variant;
  readonly margin: number;
  readonly lambda: number;
  readonly nu: number;
  readonly gamma: number;
}

const base: Choice = {
  head: "mean-distance",
  regularizer: "mdr",
  miner: "hardest",
  variant: "paper",
  margin: 0.2,
  lambda: 0.6,
  nu: 0.01,
  gamma: 0.9,
};

const objectiveOf = (choice: Choice) =>
  objective({
    head: heads[choice.head],
    loss: losses.triplet.build({ ...choice }, { variant: choice.variant, miner: miners[choice.miner] }),
    regularizer: regularizers[choice.regularizer].build({ ...choice, levels: [-3, 0, 3] }, choice),
  });

interface Input {
  readonly embeddings: Tensor;
  readonly labels: Tensor;
  readonly levels: Tensor;
  readonly state: Named<Tensor>;
}

const stateOf = (running: MomentumState<Tensor> | Named<Tensor>): Named<Tensor> => prefixed("regularizer", { ...running });

const judged = (choice: Choice, { embeddings, labels, levels: own, state }: Input) =>
  objectiveOf(choice).forward(k)({ "regularizer.levels": own }, state, {
    embeddings,
    labels,
    draws: { "loss.miner": draws(labels.data.length, 5) },
  });

const partOf = (parts: Named<Tensor>, name: string): number => itemOf(parts[name] ?? scalar(Number.NaN));

describe("the objective", () => {
  const labels = labelsOf(8, 3);
  const input = (embeddings: Tensor): Input => ({ embeddings, labels, levels, state: stateOf(unseen) });
  test("is metric + lambda MDR + decay, and without a regularizer the metric loss alone, under any head", () =>
    fc.assert(
      fc.property(seeds, fc.constantFrom(...headNames), fc.double({ min: 0, max: 2, noNaN: true }), (seed, head, lambda) => {
        const x = noise([8, 5], seed);
        const { loss, parts } = judged({ ...base, head, lambda, nu: 0.25 }, input(x));
        expect(partOf(parts, "levelDecay")).toBe(0.25 * 18);
        expect(itemOf(loss)).toBeCloseTo(partOf(parts, "metricLoss") + lambda * partOf(parts, "mdrLoss") + 0.25 * 18, 12);
        const plain = judged({ ...base, head, regularizer: "none" }, input(x));
        expect(itemOf(plain.loss)).toBe(partOf(plain.parts, "metricLoss"));
        expect(partOf(plain.parts, "metricLoss")).toBe(partOf(parts, "metricLoss"));
        expect(plain.pull(one).parameters).toEqual({});
      }),
      RUNS,
    ));
  test("declares what it has: parameters, state, parts and draws of both, each under its name", () => {
    const whole = objectiveOf({ ...base, miner: "random" });
    const { state, parts, pull } = judged({ ...base, miner: "random" }, input(noise([8, 5], 1)));
    expect(Object.keys(whole.parameters)).toEqual(["regularizer.levels"]);
    expect(Object.keys(pull(one).parameters)).toEqual(Object.keys(whole.parameters));
    expect(Object.keys(state)).toEqual(Object.keys(whole.state));
    expect(Object.entries(parts).map(([name, { shape }]) => [name, shape])).toEqual(Object.entries(whole.parts));
    expect(whole.draws(8)).toEqual({ "loss.miner": [8, 8] });
    expect(objectiveOf(base).draws(8)).toEqual({});
  });
  test("its running statistics move by gamma", () =>
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 0.99, noNaN: true }), (seed, gamma) => {
        const begun = stateOf({ mean: scalar(3), deviation: scalar(2), seen: one });
        const of = (own: number, state: Named<Tensor>) => judged({ ...base, gamma: own }, { ...input(noise([8, 5], seed)), state });
        const batch = of(0, stateOf(unseen)).parts;
        const { parts, state } = of(gamma, begun);
        expect(partOf(parts, "mean")).toBeCloseTo(3 * gamma + (1 - gamma) * partOf(batch, "mean"), 12);
        expect(partOf(parts, "deviation")).toBeCloseTo(2 * gamma + (1 - gamma) * partOf(batch, "deviation"), 12);
        expect(partOf(state, "regularizer.mean")).toBe(partOf(parts, "mean"));
      }),
      RUNS,
    ));
  test("the regularizer sees the distances of what the head made", () =>
    fc.assert(
      fc.property(seeds, fc.constantFrom(...headNames), (seed, head) => {
        const x = noise([8, 5], seed);
        const own = heads[head].train(k)(x, k.squaredDistances(x));
        const [expected] = pairwiseDistances(k)(own.embeddings);
        expect(relativeError(own.distances, expected)).toBeLessThan(1e-12);
        expect(partOf(judged({ ...base, head }, input(x)).parts, "mean")).toBeCloseTo(sum(expected.data) / 56, 12);
      }),
      RUNS,
    ));
  test("an L2 head is what embedding applies at evaluation; the others leave the embedding raw", () => {
    const x = noise([4, 3], 2);
    expect(relativeError(heads.l2.evaluate(k)(x), heads.l2.train(k)(x, k.squaredDistances(x)).embeddings)).toBe(0);
    expect(heads["mean-distance"].evaluate(k)(x)).toBe(x);
    expect(heads.none.evaluate(k)(x)).toBe(x);
  });
  test("is invariant under permutation of the batch, and its gradient sums to zero", () =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const x = noise([8, 5], seed);
        const [order] = shuffled([0, 1, 2, 3, 4, 5, 6, 7], seeded(seed));
        invariantUnderPermutation(
          (embeddings) => {
            const own = embeddings === x ? labels : vector(order.map((row) => at(labels.data, row)));
            const { loss, pull } = judged(base, { ...input(embeddings), labels: own });
            return [loss, (dy) => pull(dy).embeddings];
          },
          x,
          order,
        );
        const gradient = judged(base, input(x)).pull(one).embeddings;
        for (let c = 0; c < 5; c++) expect(sum(Array.from({ length: 8 }, (_, r) => at(gradient.data, r * 5 + c)))).toBeCloseTo(0, 10);
      }),
      RUNS,
    ));
  test("with miner all, the metric loss is that over every triplet of the headed batch", () =>
    fc.assert(
      fc.property(seeds, variants, (seed, variant) => {
        const x = noise([8, 5], seed);
        const { parts } = judged({ ...base, variant, regularizer: "none", miner: "all" }, input(x));
        const [expected] = allTripletsLoss(k, { ...base, variant })(labels)(meanDistanceHead(k)(x)[0]);
        expect(partOf(parts, "metricLoss")).toBeCloseTo(itemOf(expected), 12);
      }),
      RUNS,
    ));
  test("has a gradient that differences confirm, for every head, regularizer, miner and variant, the statistics being held", () =>
    fc.assert(
      fc.property(
        fc.record({
          seed: seeds,
          head: fc.constantFrom(...headNames),
          regularizer: fc.constantFrom(...regularizerNames),
          miner: fc.constantFrom(...minerNames),
          variant: variants,
        }),
        ({ seed, ...choice }) => {
          const held = stateOf({ mean: scalar(1.01), deviation: scalar(0.27), length: scalar(1.3), seen: one });
          const along = (embeddings: Tensor, own: Tensor) =>
            judged({ ...base, ...choice, gamma: 1 - Number.EPSILON }, { ...input(embeddings), levels: own, state: held });
          const x = noise([8, 5], seed);
          const own = vector([-1.234, 0.1234, 1.87]);
          gradientMatchesDifferences(
            (embeddings) => {
              const { loss, pull } = along(embeddings, own);
              return [loss, (dy) => pull(dy).embeddings];
            },
            x,
            seed,
            1e-5,
          );
          if (choice.regularizer !== "mdr") return;
          gradientMatchesDifferences(
            (some) => {
              const { loss, pull } = along(x, some);
              return [loss, (dy) => pull(dy).parameters["regularizer.levels"] ?? some];
            },
            own,
            seed,
            1e-5,
          );
        },
      ),
      { numRuns: 40 },
    ));
});

describe("no batch gives NaN, in float64 or float32, regularized under any head, with any miner and variant", () => {
  const choices: readonly Choice[] = headNames.flatMap((head) =>
    minerNames.flatMap((miner) => (["paper", "official"] as const).map((variant) => ({ ...base, head, miner, variant }))),
  );
  /** Loss and gradient of each choice. */
  const program = <T>(kernels: Kernels<T>, [embeddings, labels, uniforms]: readonly T[]): readonly T[] => {
    if (embeddings === undefined || labels === undefined || uniforms === undefined) throw new Error("three inputs");
    const zero = kernels.constant(scalar(0));
    return choices.flatMap((choice) => {
      const { loss, pull } = objectiveOf(choice).forward(kernels)(
        { "regularizer.levels": kernels.constant(levels) },
        { "regularizer.mean": zero, "regularizer.deviation": zero, "regularizer.seen": zero },
        { embeddings, labels, draws: { "loss.miner": uniforms } },
      );
      return [loss, pull(kernels.constant(scalar(1))).embeddings];
    });
  };
  const n = 8;
  const batches = (d: number): Readonly<Record<string, Tensor>> => ({
    ...awkward(n, d),
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
            const { head, miner, variant } = choices[Math.floor(index / 2)] ?? base;
            return allFinite(tensor) ? [] : [`${head} ${miner} ${variant} ${index % 2 === 0 ? "loss" : "gradient"}`];
          });
          expect(broken, `${precision}, ${batch}, ${labeling}`).toEqual([]);
        }
      }
      close();
    });
  }
});
