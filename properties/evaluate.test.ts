import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateRetrieval, kMeans, nearestNeighbours, normalisedMutualInformation } from "../src/evaluate/index.js";
import { seeded, shuffled } from "../src/random/index.js";
import { at, type Tensor, unsafeTensor } from "../src/tensor/index.js";
import { noise, rowsInOrder, seeds } from "./laws.js";

/** Embeddings on a line. */
const line = (...values: readonly number[]): Tensor => unsafeTensor([values.length, 1], Float64Array.from(values));

describe("nearest neighbours", () => {
  test("are those that sorting all distances gives, ties to the lower index", () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 24 }),
        fc.integer({ min: 1, max: 9 }),
        (values, count) => {
          const points = unsafeTensor(
            [Math.floor(values.length / 2), 2],
            Float64Array.from(values.slice(0, 2 * Math.floor(values.length / 2))),
          );
          const n = points.shape[0] ?? 0;
          const squared = (i: number, j: number) =>
            (at(points.data, 2 * i) - at(points.data, 2 * j)) ** 2 + (at(points.data, 2 * i + 1) - at(points.data, 2 * j + 1)) ** 2;
          nearestNeighbours(points, points, { count, same: true }).forEach((found, i) => {
            const sorted = Array.from({ length: n }, (_, j) => j)
              .filter((j) => j !== i)
              .sort((a, b) => squared(i, a) - squared(i, b) || a - b);
            expect(Array.from(found)).toEqual(sorted.slice(0, count));
          });
        },
      ),
    ));
  test("an embedding that is not a number is nobody's neighbour while there are others, and misleads nobody", () => {
    const found = nearestNeighbours(line(0, Number.NaN, 1, 1.1, 50), line(0, Number.NaN, 1, 1.1, 50), { count: 2, same: true });
    expect(found.map((indices) => Array.from(indices))).toEqual([
      [2, 3],
      [0, 2],
      [3, 0],
      [2, 0],
      [3, 2],
    ]);
  });
  test("queries and gallery of different widths are refused", () => {
    expect(() => nearestNeighbours(noise([2, 3], 1), noise([2, 4], 1), { count: 1, same: false })).toThrow("3 columns, the gallery 4");
  });
  test("do not change when the points are turned and moved", () =>
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 6.3, noNaN: true }), (seed, angle) => {
        const x = noise([23, 2], seed);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const turned = unsafeTensor(
          x.shape,
          Float64Array.from(x.data, (value, i) =>
            i % 2 === 0 ? c * value - s * at(x.data, i + 1) + 3 : s * at(x.data, i - 1) + c * value - 5,
          ),
        );
        expect(nearestNeighbours(turned, turned, { count: 4, same: true })).toEqual(nearestNeighbours(x, x, { count: 4, same: true }));
      }),
      { numRuns: 40 },
    ));
});

describe("retrieval metrics", () => {
  test("on a line, worked out by hand", () => {
    // Query 0 (class a) meets b, a, a; the other queries likewise by distance along the line.
    const scores = evaluateRetrieval(line(0, 1, 3, 7), ["a", "b", "a", "a"], { ranks: [1, 2] });
    // Neighbours: 0 -> 1 2 3, 1 -> 0 2 3, 2 -> 1 0 3, 3 -> 2 1 0. b has no partner.
    expect(scores["recall@1"]).toBe(1 / 4);
    expect(scores["recall@2"]).toBe(3 / 4);
    expect(scores["precision@1"]).toBe(1 / 4);
    expect(scores["r-precision"]).toBeCloseTo((1 / 2 + 0 + 1 / 2 + 1 / 2) / 4, 12);
    // R = 2: query 0 hits at rank 2 (precision 1/2), query 2 likewise, query 3 hits at rank 1 (precision 1).
    expect(scores["map@r"]).toBeCloseTo((0.5 / 2 + 0 + 0.5 / 2 + 1 / 2) / 4, 12);
  });
  test("queries may search a gallery of their own, ids compared as text", () => {
    const scores = evaluateRetrieval(line(0, 10), ["id_1", "id_2"], {
      ranks: [1],
      gallery: { embeddings: line(1, 2, 9), labels: ["id_1", "id_1", "id_3"] },
    });
    expect(scores["recall@1"]).toBe(1 / 2);
    expect(scores["r-precision"]).toBe(1 / 2);
  });
  test("the clustering can be left out", () => {
    expect(evaluateRetrieval(line(0, 1), [0, 0], { nmi: false })).not.toHaveProperty("nmi");
    expect(evaluateRetrieval(line(0, 1), [0, 0])).toHaveProperty("nmi");
  });
  test("separated classes score 1 everywhere", () => {
    const scores = evaluateRetrieval(line(0, 0.1, 0.2, 5, 5.1, 5.2, 9, 9.1, 9.2), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(Object.values(scores).every((score) => score === 1)).toBe(true);
  });
  test("do not change when the embeddings are scaled or the batch is permuted; recall grows with K", () =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const x = noise([17, 3], seed);
        const labels = Array.from({ length: 17 }, (_, i) => i % 4);
        const { nmi: _, ...scores } = evaluateRetrieval(x, labels);
        const { nmi: __, ...scaled } = evaluateRetrieval(
          unsafeTensor(
            x.shape,
            Float64Array.from(x.data, (value) => 4 * value),
          ),
          labels,
        );
        expect(scaled).toEqual(scores);
        const [order] = shuffled(
          labels.map((_, i) => i),
          seeded(seed),
        );
        const { nmi: ___, ...permuted } = evaluateRetrieval(
          rowsInOrder(x, order),
          order.map((i) => labels[i] ?? -1),
        );
        for (const [name, value] of Object.entries(scores)) expect(permuted[name]).toBeCloseTo(value, 12);
        expect(scores["recall@1"]).toBe(scores["precision@1"]);
        expect(scores["recall@8"]).toBeGreaterThanOrEqual(scores["recall@2"] ?? 1);
        expect(scores["map@r"]).toBeLessThanOrEqual(scores["r-precision"] ?? 0);
      }),
      { numRuns: 40 },
    ));
});

describe("clustering", () => {
  test("NMI: 1 for the same partition under other names, 0 for independent ones, and a hand-worked value", () => {
    expect(normalisedMutualInformation([0, 0, 1, 1], ["x", "x", "y", "y"])).toBe(1);
    expect(normalisedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(0, 12);
    // I = ln 2 - (3/4) * H(1/3): classes {a a | b b}, clusters {a a b | b}.
    const entropyOf = (...shares: readonly number[]) => -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
    const mutual = Math.log(2) + entropyOf(0.75, 0.25) - entropyOf(0.5, 0.25, 0.25);
    expect(normalisedMutualInformation([0, 0, 1, 1], [0, 0, 0, 1])).toBeCloseTo((2 * mutual) / (Math.log(2) + entropyOf(0.75, 0.25)), 12);
  });
  test("k-means finds separated groups, the same ones for the same seed", () => {
    const clusters = kMeans(line(0, 0.1, 5, 5.1, 9, 9.1), 3, 1);
    expect(new Set([clusters[0], clusters[2], clusters[4]]).size).toBe(3);
    expect([clusters[0], clusters[2], clusters[4]]).toEqual([clusters[1], clusters[3], clusters[5]]);
    expect(kMeans(noise([30, 4], 2), 5, 9)).toEqual(kMeans(noise([30, 4], 2), 5, 9));
  });
});
