import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allTripletsLoss,
  distanceWeightedNegatives,
  distanceWeights,
  hardestNegatives,
  l2Head,
  randomNegatives,
  semiHardNegatives,
  shiftedDistances,
  tripletLoss,
} from "../src/metric/index.js";
import { seeded, uniforms } from "../src/random/index.js";
import { at, itemOf, type Tensor, unsafeTensor, vector } from "../src/tensor/index.js";
import { batch, distancesOf, draws, labelsOf, one, positivePairs, RUNS } from "./batches.js";
import { gradientMatchesDifferences, reference as k, noise, sum } from "./laws.js";

/** Loss of the triplets (a, p, n) listed, by the definition. */
const naiveTriplet = (distances: Tensor, triplets: readonly (readonly [number, number, number])[], margin: number): number => {
  const n = distances.shape[0] ?? 0;
  const hinge = ([a, p, other]: readonly [number, number, number]) =>
    Math.max(0, at(distances.data, a * n + p) - at(distances.data, a * n + other) + margin);
  return triplets.length === 0 ? 0 : sum(triplets.map(hinge)) / triplets.length;
};

describe("miners and the triplet loss", () => {
  test("every miner gives negatives only", () =>
    fc.assert(
      fc.property(batch, ({ n, d, classes, seed }) => {
        const x = noise([n, d], seed);
        const labels = labelsOf(n, classes);
        const distances = distancesOf(x);
        const u = draws(n, seed);
        for (const indices of [
          distanceWeightedNegatives(k, "paper")(x, labels, u),
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
        const weights = distanceWeights(k, "paper")(x, labels);
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
  test("evenly spread uniforms draw each negative in the share of its weight", () =>
    fc.assert(
      fc.property(batch, ({ n, d, classes, seed }) => {
        const x = noise([n, d], seed);
        const labels = labelsOf(n, classes);
        const times = 500;
        const spread = unsafeTensor(
          [n, times],
          Float64Array.from({ length: n * times }, (_, i) => ((i % times) + 0.5) / times),
        );
        const weights = distanceWeights(k, "paper")(x, labels);
        const drawn = distanceWeightedNegatives(k, "paper")(x, labels, spread);
        for (let a = 0; a < n; a++) {
          const row = Array.from(weights.data).slice(a * n, (a + 1) * n);
          const counts = row.map((_, j) => Array.from(drawn.data).filter((value, i) => Math.floor(i / times) === a && value === j).length);
          row.forEach((weight, j) => {
            expect(Math.abs((counts[j] ?? 0) - (times * weight) / sum(row))).toBeLessThan(1 + 1e-6);
          });
        }
      }),
      { numRuns: 20 },
    ));
  test("an anchor whose negatives all lie opposite draws them evenly", () => {
    const x = unsafeTensor([4, 2], Float64Array.of(1, 0, 2, 0, -1, 0, -3, 0));
    expect(Array.from(distanceWeights(k, "paper")(x, vector([0, 0, 1, 1])).data)).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0]);
  });
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
      for (const variant of ["paper", "official"] as const) {
        const settings = { margin: 0.2, variant };
        for (const of of [
          tripletLoss(k, settings)(labels, randomNegatives(k)(labels, draws(3, 1))),
          allTripletsLoss(k, settings)(labels),
        ]) {
          const [loss, pull] = of(noise([3, 2], 2));
          expect(itemOf(loss)).toBe(0);
          expect(Array.from(pull(one).data).every((value) => value === 0)).toBe(true);
        }
      }
    }
  });
});
