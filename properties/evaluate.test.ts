import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  adjustedMutualInformation,
  chanceScores,
  classScores,
  collapsed,
  evaluateRetrieval,
  foundAmong,
  kMeans,
  nearestNeighbours,
  normalisedMutualInformation,
  queriesOf,
  remarksOn,
  retrievalMetrics,
  spreadOf,
} from "../src/evaluate/index.js";
import { seeded, shuffled, uniform } from "../src/random/index.js";
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
  test("are the same whether each pair is measured once, among themselves, or from both sides", () =>
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 40 }), fc.boolean(), (seed, rows, count, ties) => {
        const raw = noise([rows, 3], seed);
        const points = ties
          ? unsafeTensor(
              raw.shape,
              Float64Array.from(raw.data, (value) => Math.round(value)),
            )
          : raw;
        const copy = { ...points };
        expect(nearestNeighbours(points, points, { count, same: true })).toEqual(nearestNeighbours(points, copy, { count, same: true }));
      }),
    ));
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
    const scores = evaluateRetrieval(line(0, 1, 3, 7), ["a", "b", "a", "a"], { ranks: [1, 2], lone: "miss" });
    // Neighbours: 0 -> 1 2 3, 1 -> 0 2 3, 2 -> 1 0 3, 3 -> 2 1 0. b has no partner.
    expect(scores["recall@1"]).toBe(1 / 4);
    expect(scores["recall@2"]).toBe(3 / 4);
    expect(scores["precision@1"]).toBe(1 / 4);
    expect(scores["r-precision"]).toBeCloseTo((1 / 2 + 0 + 1 / 2 + 1 / 2) / 4, 12);
    // R = 2: query 0 hits at rank 2 (precision 1/2), query 2 likewise, query 3 hits at rank 1 (precision 1).
    expect(scores["map@r"]).toBeCloseTo((0.5 / 2 + 0 + 0.5 / 2 + 1 / 2) / 4, 12);
    // The same without b's query, which is in the gallery of the others all the same.
    const skipped = evaluateRetrieval(line(0, 1, 3, 7), ["a", "b", "a", "a"], { ranks: [1, 2] });
    for (const name of ["recall@1", "recall@2", "precision@1", "r-precision", "map@r"])
      expect(skipped[name], name).toBeCloseTo(((scores[name] ?? 0) * 4) / 3, 12);
  });
  test("queries may search a gallery of their own, ids compared as text", () => {
    const scores = evaluateRetrieval(line(0, 10), ["id_1", "id_2"], {
      ranks: [1],
      gallery: { embeddings: line(1, 2, 9), labels: ["id_1", "id_1", "id_3"] },
      lone: "miss",
    });
    expect(scores["recall@1"]).toBe(1 / 2);
    expect(scores["r-precision"]).toBe(1 / 2);
  });
  test("a lone query is one whose label nothing else in the gallery has", () => {
    expect(queriesOf(["a", "a", "b"])).toEqual({ queries: 3, lone: 1, loneRule: "skip" });
    expect(queriesOf(["a", "a", "b"], { lone: "miss" })).toEqual({ queries: 3, lone: 1, loneRule: "miss" });
    // In a gallery of others one of its label is enough.
    expect(queriesOf(["a", "b"], { gallery: ["b", "c", "c"] })).toEqual({ queries: 2, lone: 1, loneRule: "skip" });
  });
  test("without a match for any query are refused, or all misses where lone queries are", () => {
    expect(() => evaluateRetrieval(line(0, 1, 2), ["a", "b", "c"])).toThrow(
      "none of the 3 queries has a possible match: give their classes two",
    );
    expect(evaluateRetrieval(line(0, 1, 2), ["a", "b", "c"], { lone: "miss" })["recall@1"]).toBe(0);
    expect(() => evaluateRetrieval(line(), [])).toThrow("there are no queries");
  });
  test("labels of another number than embeddings, numbers that are none, and ranks that are none are refused by name", () => {
    const four = line(0, 1, 8, 9);
    expect(() => evaluateRetrieval(four, ["a", "a"])).toThrow("queries are 4 embeddings with 2 labels");
    expect(() => evaluateRetrieval(four, ["a", "a", "b", "b", "b"])).toThrow("queries are 4 embeddings with 5 labels");
    expect(() => evaluateRetrieval(four, ["a", "a", "b", "b"], { gallery: { embeddings: four, labels: ["a"] } })).toThrow(
      "gallery are 4 embeddings with 1 labels",
    );
    const broken = unsafeTensor([3, 2], Float64Array.of(0, 1, 2, Number.NaN, Number.POSITIVE_INFINITY, 0));
    expect(() => evaluateRetrieval(broken, [1, 1, 1])).toThrow("2 of 3 embeddings are not finite, row 1 the first");
    const whole = unsafeTensor([3, 2], Float64Array.of(0, 1, 2, 3, 4, 5));
    expect(() => evaluateRetrieval(whole, [1, 1, 1], { gallery: { embeddings: broken, labels: [1, 1, 1] } })).toThrow("not finite");
    expect(() => evaluateRetrieval(whole, [1, 1, 1], { ranks: [1, 0] })).toThrow("recall@0: use a whole number");
    expect(() => evaluateRetrieval(unsafeTensor([4], Float64Array.of(0, 1, 2, 3)), [1, 1, 1, 1])).toThrow("the queries are [4]");
  });
  test("come with what they do not say: lone queries, one class alone, more ranks than others, one point", () => {
    expect(remarksOn(["a", "a", "b", "b"], [1, 2, 3])).toEqual([]);
    expect(remarksOn(["a", "a", "b"], [1])).toEqual(["1 of 3 queries have no possible match: left out ({lone} skip)"]);
    expect(remarksOn(["a", "a", "b"], [1], { lone: "miss" })).toEqual([
      "1 of 3 queries have no possible match: counted as misses ({lone} miss)",
    ]);
    expect(remarksOn(["a", "a", "a"], [1])).toEqual([expect.stringContaining("one class alone")]);
    expect(remarksOn(["a", "b"], [1], { gallery: ["a", "a"] })).toEqual([
      expect.stringContaining("1 of 2 queries"),
      expect.stringContaining("one class alone"),
    ]);
    expect(remarksOn(["a", "a", "b", "b"], [1, 4, 8])).toEqual([
      "recall@4, recall@8: a query has 3 others, so whatever can be found is found",
    ]);
    expect([collapsed(line(5, 5, 5)), collapsed(line(5, 5, 6)), collapsed(line(5))]).toEqual([true, false, false]);
  });
  test("clusters are looked for where they are asked for alone", () => {
    expect(Object.keys(evaluateRetrieval(line(0, 1), [0, 0], { ranks: [1] }))).toEqual(["recall@1", "precision@1", "r-precision", "map@r"]);
    expect(evaluateRetrieval(line(0, 1, 8, 9), [0, 0, 1, 1], { clusters: true })).toMatchObject({ nmi: 1, ami: 1 });
  });
  test("are there class by class, lone queries by the same rule", () => {
    // Neighbours: 0 -> 1 2 3, 1 -> 0 2 3, 2 -> 1 0 3, 3 -> 2 1 0.
    const labels = ["a", "b", "a", "a"];
    const found = foundAmong(nearestNeighbours(line(0, 1, 3, 7), line(0, 1, 3, 7), { count: 3, same: true }), labels, labels, true);
    const rows = classScores(found, labels, { ranks: [1, 2] });
    expect(rows.map(({ label, queries }) => [label, queries])).toEqual([
      ["a", 3],
      ["b", 1],
    ]);
    expect(rows.map(({ scores }) => [scores["recall@1"], scores["recall@2"]])).toEqual([
      [1 / 3, 1],
      [0, 0],
    ]);
    expect(rows[0]?.scores["map@r"]).toBeCloseTo((0.5 / 2 + 0.5 / 2 + 1 / 2) / 3, 12);
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
        const scores = evaluateRetrieval(x, labels);
        const scaled = evaluateRetrieval(
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
        const permuted = evaluateRetrieval(
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

describe("spread", () => {
  test("by hand, in the plane; it grows with the embeddings' unit, its ratio does not", () => {
    const points = (unit: number): Tensor =>
      unsafeTensor(
        [5, 2],
        Float64Array.of(0, 0, 3, 4, 0, 8, 20, 0, 50, 50).map((v) => v * unit),
      );
    // Class a: sides 5, 5 and 8, centre (1, 4); b: one pair of distance |(30, 50)|, centre (35, 25).
    const labels = ["a", "a", "a", "b", "b"];
    const intra = (6 + Math.hypot(30, 50)) / 2;
    const inter = Math.hypot(34, 21);
    for (const unit of [1, 8]) {
      const spread = spreadOf(points(unit), labels);
      expect(spread.intra).toBeCloseTo(intra * unit, 10);
      expect(spread.inter).toBeCloseTo(inter * unit, 10);
      expect(spread.ratio).toBeCloseTo(intra / inter, 12);
    }
  });
  test("is that of all pairs, one after the other", () =>
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 6 }), (seed, rows, classes) => {
        const x = noise([rows, 3], seed);
        const labels = Array.from({ length: rows }, (_, row) => (row * 7) % classes);
        const rowOf = (row: number): readonly number[] => [0, 1, 2].map((k) => at(x.data, 3 * row + k));
        const apart = (points: readonly (readonly number[])[]): number => {
          const all = points.flatMap((a, i) => points.slice(i + 1).map((b) => Math.hypot(...a.map((value, k) => value - (b[k] ?? 0)))));
          return all.length === 0 ? 0 : all.reduce((sum, distance) => sum + distance, 0) / all.length;
        };
        const members = [...new Set(labels)].map((label) => labels.flatMap((other, row) => (other === label ? [rowOf(row)] : [])));
        const within = members.filter(({ length }) => length > 1).map(apart);
        const centres = members.map((own) => [0, 1, 2].map((k) => own.reduce((sum, row) => sum + (row[k] ?? 0), 0) / own.length));
        const spread = spreadOf(x, labels);
        expect(spread.intra).toBeCloseTo(within.reduce((sum, value) => sum + value, 0) / Math.max(1, within.length), 10);
        expect(spread.inter).toBeCloseTo(apart(centres), 10);
        expect(spread.ratio).toBeCloseTo(spread.inter === 0 ? 0 : spread.intra / spread.inter, 10);
      }),
      { numRuns: 60 },
    ));
});

/** All orders of 0 .. n - 1. */
const orders = (n: number): readonly (readonly number[])[] =>
  n === 0
    ? [[]]
    : orders(n - 1).flatMap((order) => Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]));

describe("chance", () => {
  test.each(["skip", "miss"] as const)("is the mean of the metrics over all orders of the gallery, lone queries: %s", (lone) => {
    const labels = ["a", "b", "a", "c", "a", "b"];
    const ranks = [1, 2, 3, 9];
    const others = (query: number, order: readonly number[]) => Int32Array.from(order, (index) => (index >= query ? index + 1 : index));
    const all = orders(5).map((order) =>
      retrievalMetrics(
        labels.map((_, query) => others(query, order)),
        labels,
        labels,
        { ranks, same: true, lone },
      ),
    );
    for (const [name, share] of Object.entries(chanceScores(labels, ranks, { lone })))
      expect(share, name).toBeCloseTo(all.reduce((sum, scores) => sum + (scores[name] ?? Number.NaN), 0) / all.length, 12);
  });
  test("draws from a gallery where there is one", () => {
    const gallery = ["a", "a", "b", "c", "d"];
    const all = orders(5).map((order) => retrievalMetrics([Int32Array.from(order)], ["a"], gallery, { ranks: [1, 3], same: false }));
    for (const [name, share] of Object.entries(chanceScores(["a"], [1, 3], { gallery })))
      expect(share, name).toBeCloseTo(all.reduce((sum, scores) => sum + (scores[name] ?? Number.NaN), 0) / all.length, 12);
  });
});

/** Lloyd's iterations as they are written in books: every point against every centre, one after the other. */
const plainKMeans = (points: Tensor, clusters: number, seed: number): Int32Array => {
  const [rows = 0, length = 0] = points.shape;
  const squared = (row: number, centre: readonly number[]): number =>
    centre.reduce((sum, value, k) => sum + (at(points.data, row * length + k) - value) ** 2, 0);
  const rowOf = (row: number): readonly number[] => Array.from({ length }, (_, k) => at(points.data, row * length + k));
  let random = seeded(seed);
  const centres: (readonly number[])[] = [];
  for (let cluster = 0; cluster < clusters; cluster++) {
    const [share, next] = uniform(random);
    random = next;
    const nearest = Array.from({ length: rows }, (_, row) =>
      Math.min(Number.POSITIVE_INFINITY, ...centres.map((centre) => squared(row, centre))),
    );
    const total = nearest.reduce((sum, value) => sum + value, 0);
    const running = nearest.map((_, row) => nearest.slice(0, row + 1).reduce((sum, value) => sum + value, 0));
    const drawn = running.findIndex((sum) => sum > share * total);
    centres.push(rowOf(cluster === 0 || total === 0 ? Math.floor(share * rows) : drawn < 0 ? rows - 1 : drawn));
  }
  let assigned = new Int32Array(rows).fill(-1);
  for (let iteration = 0; iteration < 50; iteration++) {
    const next = Int32Array.from({ length: rows }, (_, row) => {
      const distances = centres.map((centre) => squared(row, centre));
      return distances.indexOf(Math.min(...distances));
    });
    if (next.every((cluster, row) => cluster === assigned[row])) return next;
    assigned = next;
    centres.forEach((_, cluster) => {
      const own = Array.from(assigned.keys()).filter((row) => assigned[row] === cluster);
      if (own.length > 0)
        centres[cluster] = Array.from(
          { length },
          (_, k) => own.reduce((sum, row) => sum + at(points.data, row * length + k), 0) / own.length,
        );
    });
  }
  return assigned;
};

describe("clustering", () => {
  test("k-means is the same as comparing every point with every centre, ties and equal points too", () =>
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(0, 1, 4),
        (seed, rows, clusters, length, grid) => {
          const raw = noise([rows, length], seed);
          const points =
            grid === 0
              ? raw
              : unsafeTensor(
                  raw.shape,
                  Float64Array.from(raw.data, (value) => Math.round(value * grid)),
                );
          expect(kMeans(points, clusters, seed)).toEqual(plainKMeans(points, clusters, seed));
        },
      ),
      { numRuns: 150 },
    ));

  test("NMI: 1 for the same partition under other names, 0 for independent ones, and a hand-worked value", () => {
    expect(normalisedMutualInformation([0, 0, 1, 1], ["x", "x", "y", "y"])).toBe(1);
    expect(normalisedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(0, 12);
    // I = ln 2 - (3/4) * H(1/3): classes {a a | b b}, clusters {a a b | b}.
    const entropyOf = (...shares: readonly number[]) => -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
    const mutual = Math.log(2) + entropyOf(0.75, 0.25) - entropyOf(0.5, 0.25, 0.25);
    expect(normalisedMutualInformation([0, 0, 1, 1], [0, 0, 0, 1])).toBeCloseTo((2 * mutual) / (Math.log(2) + entropyOf(0.75, 0.25)), 12);
  });
  test("AMI: the mutual information less its mean over all dealings, by brute force", () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 5, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }),
        (a, b) => {
          const entropyOf = (keys: readonly string[]): number =>
            [...new Set(keys)].reduce((sum, key) => {
              const share = keys.filter((other) => other === key).length / keys.length;
              return sum - share * Math.log(share);
            }, 0);
          const [entropyA, entropyB] = [a, b].map((keys) => entropyOf(keys.map(String))) as [number, number];
          const mutual = (dealt: readonly number[]): number => entropyA + entropyB - entropyOf(a.map((key, at) => `${key} ${dealt[at]}`));
          const dealings = orders(5).map((order) => mutual(order.map((at) => b[at] ?? -1)));
          const expected = dealings.reduce((sum, value) => sum + value, 0) / dealings.length;
          const room = (entropyA + entropyB) / 2 - expected;
          const groups = [a, b].map((keys) => new Set(keys).size);
          const trivial = groups[0] === groups[1] && (groups[0] === 1 || groups[0] === 5);
          const ami = adjustedMutualInformation(a, b);
          if (trivial) expect(ami).toBe(1);
          else if (room > 1e-9) expect(ami).toBeCloseTo((mutual(b) - expected) / room, 9);
          else expect(Math.abs(ami)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    ));
  test("AMI: 1 for the same partition under other names, below NMI for what chance explains", () => {
    const [a, b] = [
      [0, 0, 1, 1, 2, 2],
      ["z", "z", "y", "y", "x", "x"],
    ] as const;
    expect(adjustedMutualInformation(a, b)).toBeCloseTo(1, 12);
    expect(adjustedMutualInformation(a, [0, 1, 2, 3, 4, 5])).toBeCloseTo(0, 12);
    expect(normalisedMutualInformation(a, [0, 1, 2, 3, 4, 5])).toBeGreaterThan(0.7);
    expect(adjustedMutualInformation([], [])).toBe(0);
  });
  test("k-means finds separated groups, the same ones for the same seed", () => {
    const clusters = kMeans(line(0, 0.1, 5, 5.1, 9, 9.1), 3, 1);
    expect(new Set([clusters[0], clusters[2], clusters[4]]).size).toBe(3);
    expect([clusters[0], clusters[2], clusters[4]]).toEqual([clusters[1], clusters[3], clusters[5]]);
    expect(kMeans(noise([30, 4], 2), 5, 9)).toEqual(kMeans(noise([30, 4], 2), 5, 9));
  });
});
