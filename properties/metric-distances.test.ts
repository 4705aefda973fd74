import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { l2Head, meanDistance, meanDistanceHead, normalise, pairwiseDistances, shiftedDistances } from "../src/metric/index.js";
import { seeded, shuffled } from "../src/random/index.js";
import { at, itemOf, scalar, type Tensor, unsafeTensor } from "../src/tensor/index.js";
import { allFinite, columns, distancesOf, moved, normalised, pairs, RUNS, rotated, rows } from "./batches.js";
import { gradientMatchesDifferences, reference as k, noise, relativeError, rowsInOrder, seeds, sum } from "./laws.js";

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
  test("are 0 where all distances are equal, as two embeddings alone always are", () =>
    fc.assert(
      fc.property(columns, seeds, (d, seed) => {
        expect(pairs(normalised(noise([2, d], seed)))).toEqual([0, 0]);
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
  test("so have points nearer than that, whose distance the floor holds still", () => {
    const [distances, pull] = pairwiseDistances(k)(unsafeTensor([2, 2], Float64Array.of(0, 0, 5e-7, 0)));
    expect(pairs(distances)).toEqual([1e-6, 1e-6]);
    expect(Array.from(pull(noise([2, 2], 1)).data)).toEqual([0, 0, 0, 0]);
  });
  test("shifted: where epsilon cancels the difference there is no gradient, rather than one of any length", () => {
    const x = unsafeTensor([2, 3], Float64Array.of(0, 0, 0, 1.03e-6, 1.03e-6, 1.03e-6));
    const [distances, pull] = shiftedDistances(k, 1e-6)(x);
    expect(at(distances.data, 1)).toBeLessThan(1.1e-7);
    expect(Array.from(pull(unsafeTensor([2, 2], Float64Array.of(0, 1, 0, 0))).data)).toEqual([0, 0, 0, 0, 0, 0]);
    const back = Array.from(pull(unsafeTensor([2, 2], Float64Array.of(0, 0, 1, 0))).data);
    expect(Math.hypot(...back.slice(3))).toBeCloseTo(1, 9);
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
