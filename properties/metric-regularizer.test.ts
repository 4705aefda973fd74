import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  batchStatistics,
  levelDecay,
  type MomentumState,
  mdrLoss,
  membership,
  nearestLevel,
  pairwiseDistances,
  updateMomentum,
} from "../src/metric/index.js";
import { at, itemOf, scalar, type Tensor, unsafeTensor, vector } from "../src/tensor/index.js";
import { columns, distancesOf, levels, moved, normalised, one, pairs, RUNS, unseen } from "./batches.js";
import { gradientMatchesDifferences, reference as k, noise, seeds, sum } from "./laws.js";

describe("statistics", () => {
  test("official counts the N zeros of the diagonal, paper does not: the one follows from the other", () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), columns, seeds, (n, d, seed) => {
        const distances = distancesOf(noise([n, d], seed));
        const [paper, official] = [batchStatistics(k, "paper")(distances), batchStatistics(k, "official")(distances)];
        const [mu, sigma] = [itemOf(paper.mean), itemOf(paper.deviation)];
        const mean = (mu * (n - 1)) / n;
        const squares = n * (n - 1) * (sigma ** 2 + mu ** 2);
        expect(itemOf(official.mean)).toBeCloseTo(mean, 10);
        expect(itemOf(official.deviation)).toBeCloseTo(Math.sqrt((squares - n * n * mean ** 2) / (n * n - 1)), 10);
      }),
      RUNS,
    ));
});

describe("momentum", () => {
  test("the first batch initialises the statistics, later ones blend in", () => {
    const first = updateMomentum(k, 0.9)(unseen, { mean: scalar(2), deviation: scalar(1) });
    expect([first.mean, first.deviation, first.seen].map(itemOf)).toEqual([2, 1, 1]);
    const second = updateMomentum(k, 0.9)(first, { mean: scalar(4), deviation: scalar(3) });
    expect(itemOf(second.mean)).toBeCloseTo(0.9 * 2 + 0.1 * 4, 14);
    expect(itemOf(second.deviation)).toBeCloseTo(0.9 * 1 + 0.1 * 3, 14);
  });
  test("converges geometrically to constant statistics", () =>
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 0.95, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), (gamma, target) => {
        const begun: MomentumState<Tensor> = { mean: scalar(10), deviation: scalar(1), seen: one };
        const batch = { mean: scalar(target), deviation: scalar(1) };
        const after = Array.from({ length: 20 }).reduce<MomentumState<Tensor>>((state) => updateMomentum(k, gamma)(state, batch), begun);
        expect(itemOf(after.mean) - target).toBeCloseTo((10 - target) * gamma ** 20, 9);
      }),
    ));
});

describe("levels", () => {
  const several = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 5 });
  test("each pair belongs to its nearest level, ties to the lowest index", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 9, maxLength: 9 }), several, (values, chosen) => {
        const indices = nearestLevel(k)(unsafeTensor([3, 3], Float64Array.from(values)), vector(chosen));
        values.forEach((value, i) => {
          const gaps = chosen.map((level) => Math.abs(value - level));
          expect(at(indices.data, i)).toBe(gaps.indexOf(Math.min(...gaps)));
        });
      }),
    ));
  test("membership has exactly one 1 a pair", () => {
    const belongs = membership(k)(unsafeTensor([2, 2], Float64Array.of(0, 2, 1, 0)), levels);
    expect(Array.from(belongs.data)).toEqual([1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0]);
  });
  test("decay is nu times the sum of squares, with its gradient", () => {
    expect(itemOf(levelDecay(k, 0.01)(levels)[0])).toBeCloseTo(0.18, 14);
    gradientMatchesDifferences(levelDecay(k, 0.7), vector([-1.5, 0.25, 4]));
  });
});

describe("the MDR loss", () => {
  test("is the mean gap to the nearest level, over the pairs", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 8 }),
        columns,
        seeds,
        fc.constantFrom("paper" as const, "official" as const),
        (n, d, seed, variant) => {
          const x = noise([n, d], seed);
          const { loss } = mdrLoss(k, { variant, gamma: 0.9 })(unseen, distancesOf(x), levels);
          const gaps = pairs(normalised(x, variant)).map((value) => Math.min(...[-3, 0, 3].map((level) => Math.abs(value - level))));
          expect(itemOf(loss)).toBeCloseTo(sum(gaps) / gaps.length, 9);
        },
      ),
      RUNS,
    ));
  test("is 0 exactly when every distance sits on a level", () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(-2, 0, 5), { minLength: 16, maxLength: 16 }), fc.nat(15), (values, which) => {
        const state: MomentumState<Tensor> = { mean: scalar(7), deviation: scalar(0.5), seen: one };
        const own = vector([-2, 0, 5]);
        const settle = (change: number) => {
          const distances = unsafeTensor(
            [4, 4],
            Float64Array.from(values, (value, i) => 7 + 0.5 * (value + (i === which ? change : 0))),
          );
          // gamma near 1 holds the statistics where they are, so that the levels' places are known
          return itemOf(mdrLoss(k, { variant: "paper", gamma: 1 })(state, distances, own).loss);
        };
        expect(settle(0)).toBe(0);
        if (which % 5 !== 0) expect(settle(0.25)).toBeCloseTo(0.25 / 12, 12);
      }),
    ));
  const fixed: MomentumState<Tensor> = { mean: scalar(2.1), deviation: scalar(0.83), seen: one };
  test("has gradients to distances and levels that differences confirm, the statistics being constants", () =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 7 }), columns, seeds, (n, d, seed) => {
        const distances = distancesOf(noise([n, d], seed));
        const own = vector([-1.234, 0.1234, 1.87]);
        const settings = { variant: "paper" as const, gamma: 1 };
        gradientMatchesDifferences(
          (input) => {
            const { loss, pull } = mdrLoss(k, settings)(fixed, input, own);
            return [loss, (dy) => pull(dy).distances];
          },
          distances,
          seed,
          1e-4,
        );
        gradientMatchesDifferences(
          (input) => {
            const { loss, pull } = mdrLoss(k, settings)(fixed, distances, input);
            return [loss, (dy) => pull(dy).levels];
          },
          own,
          seed,
          1e-4,
        );
      }),
      RUNS,
    ));
  test("the gradient in the embeddings sums to zero over the batch", () =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 9 }), columns, seeds, (n, d, seed) => {
        const [distances, pull] = pairwiseDistances(k)(noise([n, d], seed));
        const gradient = pull(mdrLoss(k, { variant: "paper", gamma: 0.9 })(unseen, distances, levels).pull(one).distances);
        for (let column = 0; column < d; column++) {
          expect(sum(Array.from({ length: n }, (_, row) => at(gradient.data, row * d + column)))).toBeCloseTo(0, 10);
        }
      }),
      RUNS,
    ));
  test("stays finite for equal, huge and tiny embeddings", () => {
    for (const scale of [0, 1e-12, 1e12]) {
      const [distances, pull] = pairwiseDistances(k)(moved(noise([5, 3], 4), (value) => 1 + scale * value));
      const mdr = mdrLoss(k, { variant: "paper", gamma: 0.9 })(unseen, distances, levels);
      expect([itemOf(mdr.loss), ...pull(mdr.pull(one).distances).data, ...mdr.pull(one).levels.data].every(Number.isFinite)).toBe(true);
    }
  });
});
