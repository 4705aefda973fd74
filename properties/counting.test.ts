import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import {
  countedFound,
  evaluated,
  evaluateRetrieval,
  type Found,
  foundAmong,
  type Labels,
  nearestNeighbours,
  type Rows,
} from "../src/evaluate/index.js";
import { unsafeTensor } from "../src/tensor/index.js";
import { noise, seeds } from "./laws.js";

/** What plain loops find in full lists of neighbours. */
const plain = (queries: Rows, gallery: Rows | undefined): Found => {
  const among = gallery ?? queries;
  const same = gallery === undefined;
  const neighbours = nearestNeighbours(queries.embeddings, among.embeddings, { count: among.labels.length, same });
  return foundAmong(neighbours, queries.labels, among.labels, same);
};

/** What values may do to distances. */
const kinds = {
  "as they come": (value: number) => value,
  "ties and duplicates": (value: number) => Math.round(value),
  "all equal": () => 0.1,
  "so large that squares overflow": (value: number) => Math.round(2 * value) * 1e160,
  "so small that squares vanish": (value: number) => value * 1e-162,
  "near duplicates far from the origin": (value: number) => 1e6 + Math.round(3 * value) * 2 ** -30,
} as const;

const rowsOf = (count: number, length: number, classes: number, seed: number, kind: keyof typeof kinds): Rows => {
  const { shape, data } = noise([count, length], seed);
  const labels: Labels = Array.from({ length: count }, (_, row) => `class ${(row * (seed % 97)) % classes}`);
  return { embeddings: unsafeTensor(shape, Float64Array.from(data, kinds[kind])), labels };
};

describe("ranks counted on vectors and threads", () => {
  test.each(Object.keys(kinds) as (keyof typeof kinds)[])("are those of sorted lists to the bit: %s", (kind) =>
    fc.assert(
      fc.asyncProperty(
        seeds,
        fc.constantFrom(1, 2, 3, 4, 5, 7, 16, 31, 67),
        fc.option(fc.constantFrom(1, 4, 13, 40), { nil: undefined }),
        fc.constantFrom(1, 2, 3, 17),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(1, 7, 16, 1000),
        // Rounds of a panel each, of some, and one for all.
        fc.constantFrom(1, 2000, 2 ** 27),
        // Left out: the caller's own, where there is so little to do.
        fc.constantFrom({}, { threads: 1 }, { threads: 2 }),
        async (seed, count, others, length, classes, block, room, threads) => {
          const queries = rowsOf(count, length, classes, seed, kind);
          const gallery = others === undefined ? undefined : rowsOf(others, length, classes + 1, seed + 1, kind);
          expect(await countedFound(queries, gallery, { block, room, ...threads })).toEqual(plain(queries, gallery));
        },
      ),
      { numRuns: 20 },
    ),
  );
  test("are the same with one class alone, with none that anything else has, and without a gallery's row", async () => {
    const { embeddings } = rowsOf(9, 3, 1, 5, "as they come");
    for (const labels of [Array(9).fill(0) as number[], [0, 1, 2, 3, 4, 5, 6, 7, 8]]) {
      const rows = { embeddings, labels };
      expect(await countedFound(rows, undefined, { threads: 2 })).toEqual(plain(rows, undefined));
    }
    const nobody = { embeddings: unsafeTensor([0, 3], new Float64Array(0)), labels: [] };
    expect((await countedFound({ embeddings, labels: Array(9).fill(0) }, nobody, { threads: 1 }))?.matches).toEqual(new Float64Array(9));
  });
  test("tell how far they are, to the end", async () => {
    const told: (readonly [number, number])[] = [];
    await countedFound(rowsOf(67, 3, 4, 1, "as they come"), undefined, { block: 4, threads: 1, onProgress: (...seen) => told.push(seen) });
    const [, total] = told[0] ?? [0, 0];
    expect(told.length).toBeGreaterThan(5);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b));
    expect(told.at(-1)).toEqual([total, total]);
  });
  test("are left to plain loops where no thread may start", async () => {
    expect(await countedFound(rowsOf(9, 3, 2, 1, "as they come"), undefined, { threads: 0 })).toBeUndefined();
  });
});

describe("an evaluation", () => {
  test.each([
    ["small enough for plain loops", 40],
    ["large enough for threads", 750],
  ])("gives the scores of plain loops, %s", async (_, count) => {
    const { embeddings, labels } = rowsOf(count, 64, 9, 3, "as they come");
    const gallery = rowsOf(count - 3, 64, 11, 4, "ties and duplicates");
    for (const options of [
      { ranks: [1, 10, 1000], clusters: true, seed: 4 },
      { ranks: [2], gallery, lone: "miss" as const },
    ]) {
      const done = await evaluated(embeddings, labels, options)();
      expect(E.isRight(done) && done.right.scores).toEqual(evaluateRetrieval(embeddings, labels, options));
    }
  });
  test("that cannot be is left, not thrown", async () => {
    expect(await evaluated(noise([3, 2], 1), ["a", "b", "c"])()).toMatchObject({
      left: { what: expect.stringContaining("none of the 3") },
    });
  });
});
