import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allTripletsLoss,
  batchStatistics,
  distanceWeightedNegatives,
  distanceWeights,
  hardestNegatives,
  l2Head,
  levelDecay,
  type MomentumState,
  mdrLoss,
  meanDistance,
  meanDistanceHead,
  membership,
  nearestLevel,
  normalise,
  objective,
  pairwiseDistances,
  randomNegatives,
  semiHardNegatives,
  shiftedDistances,
  tripletLoss,
  updateMomentum,
} from "../src/metric/index.js";
import { seeded, shuffled, uniforms } from "../src/random/index.js";
import { at, itemOf, scalar, type Tensor, unsafeTensor, vector } from "../src/tensor/index.js";
import {
  awkwardLength,
  gradientMatchesDifferences,
  invariantUnderPermutation,
  reference as k,
  noise,
  relativeError,
  rowsInOrder,
  seeds,
  sum,
} from "./laws.js";

const RUNS = { numRuns: 60 };
const rows = fc.integer({ min: 2, max: 9 });
const columns = awkwardLength(9);
const unseen: MomentumState<Tensor> = { mean: scalar(0), deviation: scalar(0), seen: scalar(0) };
const levels = vector([-3, 0, 3]);
const one = scalar(1);
const labelsOf = (count: number, classes: number): Tensor => vector(Array.from({ length: count }, (_, i) => i % classes));
const draws = (count: number, seed: number): Tensor => unsafeTensor([count, count], uniforms(count * count, seeded(seed))[0]);
const distancesOf = (x: Tensor): Tensor => pairwiseDistances(k)(x)[0];
const allFinite = (t: Tensor): boolean => Array.from(t.data).every(Number.isFinite);

/** Normalised distances after a first batch. */
const normalised = (x: Tensor, variant: "paper" | "official" = "paper"): Tensor => {
  const distances = distancesOf(x);
  return normalise(k)(updateMomentum(k, 0.9)(unseen, batchStatistics(k, variant)(distances)))(distances)[0];
};

/** The entries i != j of [N, N]. */
const pairs = (t: Tensor): readonly number[] => {
  const count = t.shape[0] ?? 0;
  return Array.from(t.data).filter((_, i) => i % (count + 1) !== 0);
};

const moved = (x: Tensor, f: (value: number, row: number, column: number) => number): Tensor => {
  const length = x.shape[1] ?? 1;
  return unsafeTensor(
    x.shape,
    Float64Array.from(x.data, (value, i) => f(value, Math.floor(i / length), i % length)),
  );
};

/** Rotates the plane of two axes by an angle. */
const rotated = (x: Tensor, angle: number): Tensor => {
  const length = x.shape[1] ?? 1;
  if (length < 2) return moved(x, (value) => -value);
  return unsafeTensor(
    x.shape,
    Float64Array.from(x.data, (value, i) => {
      if (i % length === 0) return Math.cos(angle) * value - Math.sin(angle) * at(x.data, i + 1);
      return i % length === 1 ? Math.sin(angle) * at(x.data, i - 1) + Math.cos(angle) * value : value;
    }),
  );
};

describe("normalised distances", () => {
  const unchanged = (change: (x: Tensor, by: number) => Tensor) =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 9 }), columns, seeds, fc.double({ min: 0.1, max: 5, noNaN: true }), (n, d, seed, by) => {
        const x = noise([n, d], seed);
        expect(relativeError(normalised(change(x, by)), normalised(x))).toBeLessThan(1e-7);
      }),
      RUNS,
    );
  test("stay when the embeddings are translated", () => unchanged((x, by) => moved(x, (value, _, column) => value + by * (column + 1))));
  test("stay when they are rotated", () => unchanged(rotated));
  test("stay when they are reflected", () => unchanged((x) => moved(x, (value, _, column) => (column === 0 ? -value : value))));
  test("stay when they are scaled", () => unchanged((x, by) => moved(x, (value) => by * value)));
  test("are permuted with the batch", () =>
    fc.assert(
      fc.property(rows, columns, seeds, (n, d, seed) => {
        const x = noise([n, d], seed);
        const [order] = shuffled(
          Array.from({ length: n }, (_, i) => i),
          seeded(seed),
        );
        const permuted = normalised(rowsInOrder(x, order));
        const expected = k.transpose(rowsInOrder(k.transpose(rowsInOrder(normalised(x), order)), order));
        expect(relativeError(permuted, expected)).toBeLessThan(1e-9);
      }),
      RUNS,
    ));
  test("have mean 0 and deviation 1 over the pairs after the first batch", () =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 9 }), columns, seeds, (n, d, seed) => {
        const values = pairs(normalised(noise([n, d], seed)));
        expect(sum(values) / values.length).toBeCloseTo(0, 9);
        expect(sum(values.map((value) => value * value)) / values.length).toBeCloseTo(1, 9);
      }),
      RUNS,
    ));
  test("official: mean 0 over all entries, the zero diagonal included, and the unbiased deviation", () =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 9 }), columns, seeds, (n, d, seed) => {
        const values = Array.from(normalised(noise([n, d], seed), "official").data);
        expect(sum(values) / values.length).toBeCloseTo(0, 9);
        expect(sum(values.map((value) => value * value)) / (values.length - 1)).toBeCloseTo(1, 9);
      }),
      RUNS,
    ));
  test("have a gradient that differences confirm", () =>
    fc.assert(
      fc.property(rows, columns, seeds, (n, d, seed) =>
        gradientMatchesDifferences(normalise(k)({ mean: scalar(1.3), deviation: scalar(0.4) }), noise([n, d], seed)),
      ),
      RUNS,
    ));
});

describe("distances", () => {
  test("equal the norms of the differences, and are 0 on the diagonal", () =>
    fc.assert(
      fc.property(rows, columns, seeds, (n, d, seed) => {
        const x = noise([n, d], seed);
        const distances = distancesOf(x);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const expected = Math.sqrt(sum(Array.from({ length: d }, (_, c) => (at(x.data, i * d + c) - at(x.data, j * d + c)) ** 2)));
            expect(at(distances.data, i * n + j)).toBeCloseTo(i === j ? 0 : Math.max(expected, 1e-6), 6);
          }
        }
      }),
      RUNS,
    ));
  test("have a gradient that differences confirm", () =>
    fc.assert(
      fc.property(rows, columns, seeds, (n, d, seed) => gradientMatchesDifferences(pairwiseDistances(k), noise([n, d], seed), seed)),
      RUNS,
    ));
  test("coincident points are at 1e-6 and have gradient 0, not NaN", () => {
    const x = unsafeTensor([3, 2], Float64Array.of(1, 2, 1, 2, 1, 2));
    const [distances, pull] = pairwiseDistances(k)(x);
    expect(pairs(distances)).toEqual([1e-6, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6]);
    expect(Array.from(pull(noise([3, 3], 1)).data)).toEqual([0, 0, 0, 0, 0, 0]);
  });
  test("shifted: each component of the difference plus epsilon, with its gradient", () =>
    fc.assert(
      fc.property(rows, columns, seeds, (n, d, seed) => {
        const x = noise([n, d], seed);
        const epsilon = 0.25;
        const [distances] = shiftedDistances(k, epsilon)(x);
        const expected = Array.from({ length: n * n }, (_, flat) =>
          Math.hypot(
            ...Array.from({ length: d }, (_, c) => at(x.data, Math.floor(flat / n) * d + c) - at(x.data, (flat % n) * d + c) + epsilon),
          ),
        );
        expect(relativeError(distances, unsafeTensor([n, n], Float64Array.from(expected)))).toBeLessThan(1e-6);
        if (d > 1) gradientMatchesDifferences(shiftedDistances(k, epsilon), x, seed, 1e-5);
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

describe("heads", () => {
  test("the mean-distance head makes the mean distance 1, and its gradient flows through the mean", () =>
    fc.assert(
      fc.property(rows, columns, seeds, (n, d, seed) => {
        const x = noise([n, d], seed);
        expect(itemOf(meanDistance(k)(meanDistanceHead(k)(x)[0])[0])).toBeCloseTo(1, 9);
        gradientMatchesDifferences(meanDistanceHead(k), x, seed, 1e-5);
        gradientMatchesDifferences(meanDistance(k), x, seed, 1e-5);
      }),
      RUNS,
    ));
  test("the L2 head makes lengths 1, and its gradient is right", () =>
    fc.assert(
      fc.property(rows, columns, seeds, (n, d, seed) => {
        const x = noise([n, d], seed);
        const [unit] = l2Head(k)(x);
        for (let row = 0; row < n; row++) {
          expect(Math.hypot(...Array.from({ length: d }, (_, c) => at(unit.data, row * d + c)))).toBeCloseTo(1, 12);
        }
        gradientMatchesDifferences(l2Head(k), x, seed, 1e-4);
      }),
      RUNS,
    ));
  test("collapsed batches and zero vectors give 0, never NaN", () => {
    const same = unsafeTensor([3, 2], Float64Array.of(0, 0, 0, 0, 0, 0));
    for (const head of [meanDistanceHead(k), l2Head(k)]) {
      const [y, pull] = head(same);
      expect(allFinite(y) && allFinite(pull(noise([3, 2], 3)))).toBe(true);
    }
  });
});

/** Loss of the triplets (a, p, n) listed, by the definition. */
const naiveTriplet = (distances: Tensor, triplets: readonly (readonly [number, number, number])[], margin: number): number => {
  const n = distances.shape[0] ?? 0;
  const hinge = ([a, p, other]: readonly [number, number, number]) =>
    Math.max(0, at(distances.data, a * n + p) - at(distances.data, a * n + other) + margin);
  return triplets.length === 0 ? 0 : sum(triplets.map(hinge)) / triplets.length;
};

describe("miners and the triplet loss", () => {
  const batch = fc.record({
    n: fc.integer({ min: 4, max: 9 }),
    d: fc.integer({ min: 1, max: 9 }),
    classes: fc.integer({ min: 2, max: 4 }),
    seed: seeds,
  });
  const positivePairs = (labels: Tensor) => {
    const n = labels.data.length;
    return Array.from({ length: n * n }, (_, flat) => [Math.floor(flat / n), flat % n] as const).filter(
      ([a, p]) => a !== p && at(labels.data, a) === at(labels.data, p),
    );
  };
  test("every miner gives negatives only", () =>
    fc.assert(
      fc.property(batch, ({ n, d, classes, seed }) => {
        const x = noise([n, d], seed);
        const labels = labelsOf(n, classes);
        const distances = distancesOf(x);
        const u = draws(n, seed);
        for (const indices of [
          distanceWeightedNegatives(k)(x, labels, u),
          randomNegatives(k)(labels, u),
          hardestNegatives(k)(distances, labels),
          semiHardNegatives(k)(distances, labels),
        ]) {
          for (const [a, p] of positivePairs(labels)) expect(at(labels.data, at(indices.data, a * n + p))).not.toBe(at(labels.data, a));
        }
      }),
      RUNS,
    ));
  test("hardest is the nearest negative; semi-hard the nearest beyond the positive, else the farthest", () =>
    fc.assert(
      fc.property(batch, ({ n, d, classes, seed }) => {
        const labels = labelsOf(n, classes);
        const distances = distancesOf(noise([n, d], seed));
        const of = (a: number, j: number) => at(distances.data, a * n + j);
        const hardest = hardestNegatives(k)(distances, labels);
        const semi = semiHardNegatives(k)(distances, labels);
        for (const [a, p] of positivePairs(labels)) {
          const negatives = Array.from({ length: n }, (_, j) => j).filter((j) => at(labels.data, j) !== at(labels.data, a));
          const byDistance = [...negatives].sort((i, j) => of(a, i) - of(a, j));
          const expected = byDistance.find((j) => of(a, j) > of(a, p)) ?? byDistance.at(-1) ?? -1;
          expect(of(a, at(hardest.data, a * n + p))).toBe(of(a, byDistance[0] ?? -1));
          expect(of(a, at(semi.data, a * n + p))).toBe(of(a, expected));
        }
      }),
      RUNS,
    ));
  test("distance weights are the formula, shifted row by row, and 0 from 1.4 on", () =>
    fc.assert(
      fc.property(batch, ({ n, d, classes, seed }) => {
        const x = noise([n, d], seed);
        const labels = labelsOf(n, classes);
        const weights = distanceWeights(k)(x, labels);
        const unit = distancesOf(l2Head(k)(x)[0]);
        for (let a = 0; a < n; a++) {
          const entries = Array.from({ length: n }, (_, j) => {
            const raised = Math.max(0.5, at(unit.data, a * n + j));
            const negative = at(labels.data, a) !== at(labels.data, j);
            const log = (2 - d) * Math.log(raised) - ((d - 3) / 2) * Math.log(1 - raised ** 2 / 4);
            return { j, negative, valid: negative && raised < 1.4, log };
          });
          const top = Math.max(...entries.filter(({ valid }) => valid).map(({ log }) => log));
          const any = entries.some(({ valid }) => valid);
          for (const { j, negative, valid, log } of entries) {
            const expected = any ? (valid ? Math.exp(log - top) : 0) : negative ? 1 : 0;
            expect(at(weights.data, a * n + j)).toBeCloseTo(expected, 7);
          }
        }
      }),
      RUNS,
    ));
  test("draws follow the weights", () => {
    const weights = unsafeTensor([1, 4], Float64Array.of(1, 0, 3, 6));
    const [u] = uniforms(20_000, seeded(3));
    const drawn = k.sample(weights, unsafeTensor([1, u.length], u));
    const shareOf = (index: number) => Array.from(drawn.data).filter((value) => value === index).length / u.length;
    expect(shareOf(0)).toBeCloseTo(0.1, 1);
    expect(shareOf(1)).toBe(0);
    expect(shareOf(2)).toBeGreaterThan(0.28);
    expect(shareOf(2)).toBeLessThan(0.32);
    expect(shareOf(3)).toBeGreaterThan(0.58);
  });
  test("the dense loss is the mean over the triplets chosen, and over all triplets", () =>
    fc.assert(
      fc.property(batch, ({ n, d, classes, seed }) => {
        const x = noise([n, d], seed);
        const labels = labelsOf(n, classes);
        const indices = randomNegatives(k)(labels, draws(n, seed));
        const chosen = positivePairs(labels).map(([a, p]) => [a, p, at(indices.data, a * n + p)] as const);
        const every = positivePairs(labels).flatMap(([a, p]) =>
          Array.from({ length: n }, (_, j) => [a, p, j] as const).filter(([, , j]) => at(labels.data, j) !== at(labels.data, a)),
        );
        const settings = { margin: 0.2, variant: "paper" as const };
        expect(itemOf(tripletLoss(k, settings)(labels, indices)(x)[0])).toBeCloseTo(naiveTriplet(distancesOf(x), chosen, 0.2), 9);
        expect(itemOf(allTripletsLoss(k, settings)(labels)(x)[0])).toBeCloseTo(naiveTriplet(distancesOf(x), every, 0.2), 9);
        const official = itemOf(tripletLoss(k, { margin: 0.2, variant: "official" })(labels, indices)(x)[0]);
        expect(official).toBeCloseTo(naiveTriplet(shiftedDistances(k, 1e-6)(x)[0], chosen, 0.2), 9);
      }),
      RUNS,
    ));
  test("gradients match differences", () =>
    fc.assert(
      fc.property(batch, fc.constantFrom("paper" as const, "official" as const), ({ n, d, classes, seed }, variant) => {
        const x = noise([n, d + 1], seed);
        const labels = labelsOf(n, classes);
        const indices = randomNegatives(k)(labels, draws(n, seed));
        gradientMatchesDifferences(tripletLoss(k, { margin: 0.2, variant })(labels, indices), x, seed, 1e-4);
        gradientMatchesDifferences(allTripletsLoss(k, { margin: 0.2, variant })(labels), x, seed, 1e-4);
      }),
      { numRuns: 30 },
    ));
  test("a batch without positives, or without negatives, has loss 0 and gradient 0", () => {
    for (const labels of [vector([0, 1, 2]), vector([5, 5, 5])]) {
      const [loss, pull] = tripletLoss(k, { margin: 0.2, variant: "paper" })(labels, randomNegatives(k)(labels, draws(3, 1)))(
        noise([3, 2], 2),
      );
      expect(itemOf(loss)).toBe(0);
      expect(Array.from(pull(one).data).every((value) => value === 0)).toBe(true);
    }
  });
});

describe("the objective", () => {
  const base = { lambda: 0.6, nu: 0.01, gamma: 0.9, margin: 0.2, miner: "hardest" as const, variant: "paper" as const };
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
});
