// Thresholds, groups of looks and groups of embeddings against what plain lists of all pairs say.
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import { encodeJpeg } from "../src/datasets/index.js";
import { type Calibration, doubtOf, gatheredUnder, type Rows, suspectsOf, thresholdsOf } from "../src/evaluate/index.js";
import { alikeLooks, decodeImage, flipped, lookOf, type Picture, resized } from "../src/pictures/index.js";
import { at, unsafeTensor } from "../src/tensor/index.js";
import { noise, seeds } from "./laws.js";

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};

/** What values may do to distances. */
const kinds = {
  "as they come": (value: number) => value,
  "ties and duplicates": (value: number) => Math.round(value),
  "all equal": () => 0.1,
  "two far apart": (value: number) => (value > 0 ? 1 + value * 1e-12 : value * 1e-12),
  "so small that squares vanish": (value: number) => value * 1e-162,
  "of all magnitudes": (value: number) => Math.sign(value) * 10 ** (-40 * Math.abs(value)),
} as const;

const rowsOf = (count: number, length: number, classes: number, seed: number, kind: keyof typeof kinds): Rows => {
  const { shape, data } = noise([count, length], seed);
  const labels = Array.from({ length: count }, (_, row) => `class ${(row * ((seed % 97) + 1)) % classes}`);
  return { embeddings: unsafeTensor(shape, Float64Array.from(data, kinds[kind])), labels };
};

const distance = (a: Rows, i: number, b: Rows, j: number): number => {
  const width = a.embeddings.shape[1] ?? 0;
  let square = 0;
  for (let k = 0; k < width; k++) square += (at(a.embeddings.data, i * width + k) - at(b.embeddings.data, j * width + k)) ** 2;
  return Math.sqrt(square);
};

/** All pairs in lists. */
const listed = (queries: Rows, gallery: Rows | undefined, rates: readonly number[]): Calibration => {
  const others = gallery ?? queries;
  const [same, different]: [number[], number[]] = [[], []];
  for (let i = 0; i < queries.labels.length; i++)
    for (let j = gallery === undefined ? i + 1 : 0; j < others.labels.length; j++)
      (queries.labels[i] === others.labels[j] ? same : different).push(distance(queries, i, others, j));
  const sorted = different.toSorted((a, b) => a - b);
  const thresholds = rates.map((rate) => {
    // The largest distance at which as few pass: every other one of the list lets more pass.
    const found = sorted.filter((one) => sorted.filter((other) => other < one).length / sorted.length <= rate).at(-1) ?? Number.NaN;
    return {
      rate,
      distance: found,
      falseMatches: sorted.filter((one) => one < found).length,
      matches: same.filter((one) => one < found).length,
    };
  });
  return { same: same.length, different: different.length, thresholds };
};

describe("thresholds", () => {
  test.each(Object.keys(kinds) as (keyof typeof kinds)[])("are those of sorted lists of all pairs: %s", (kind) =>
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom(3, 4, 5, 7, 16, 31),
        fc.option(fc.constantFrom(3, 13, 22), { nil: undefined }),
        fc.constantFrom(1, 2, 3, 17),
        fc.integer({ min: 2, max: 7 }),
        // So little that stretches are narrowed again and again, and so much that none is.
        fc.constantFrom(1, 3, 2 ** 20),
        fc.array(fc.constantFrom(0, 0.001, 0.05, 0.29, 0.5, 0.75, 0.99), { minLength: 1, maxLength: 4 }),
        (seed, count, others, length, classes, room, rates) => {
          const queries = rowsOf(count, length, classes, seed, kind);
          const gallery = others === undefined ? undefined : rowsOf(others, length, classes + 1, seed + 1, kind);
          const expected = listed(queries, gallery, rates);
          fc.pre(expected.different > 0);
          expect(right(thresholdsOf(queries, { gallery, rates, room }))).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    ),
  );
  test("let a share pass that is exact where its product with the pairs is rounded", () => {
    // 0.29 of 100 pairs is 28.999999999999996 as a product, and 29 as a fraction.
    const line = {
      embeddings: unsafeTensor(
        [101, 1],
        Float64Array.from({ length: 101 }, (_, index) => index),
      ),
      labels: Array.from({ length: 101 }, (_, index) => Math.min(index, 1)),
    };
    expect(right(thresholdsOf(line, { rates: [0.29] })).thresholds[0]).toMatchObject({ distance: 30, falseMatches: 29 });
  });
  test("tell how far they are, and what too few pairs say", () => {
    const told: (readonly [number, number])[] = [];
    right(thresholdsOf(rowsOf(31, 3, 4, 1, "as they come"), { onProgress: (...seen) => told.push(seen) }));
    expect([told[0], told.at(-1)]).toEqual([
      [0, 31],
      [31, 31],
    ]);
    expect(doubtOf({ rate: 0.01 }, { different: 999 })).toMatch(/of 999 pairs .* is 9: too few/);
    expect(doubtOf({ rate: 0.01 }, { different: 1000 })).toBeUndefined();
  });
  test("are refused where there can be none, and say why", () => {
    const why = (rows: Rows, rates = [0.1]) =>
      E.match(
        ({ message }: { readonly message: string }) => message,
        () => "",
      )(thresholdsOf(rows, { rates }));
    const rows = rowsOf(4, 2, 2, 1, "as they come");
    expect(why(rows, [1])).toMatch(/false matches of 1: use a share/);
    expect(why({ ...rows, labels: [1, 1, 1, 1] })).toMatch(/all pictures are of one class/);
    expect(why({ ...rows, labels: [1, 2] })).toMatch(/give each embedding one label/);
    expect(why({ labels: [1, 2], embeddings: unsafeTensor([2, 1], Float64Array.of(1, Number.NaN)) })).toMatch(/not finite, row 1/);
    expect(why({ labels: [1, 2], embeddings: unsafeTensor([2, 1], Float64Array.of(1e200, 0)) })).toMatch(/distances are not finite/);
  });
});

describe("groups of looks", () => {
  const bits = (a: bigint, b: bigint): number => [...(a ^ b).toString(2)].filter((bit) => bit === "1").length;
  /** By comparing each two until nothing changes. */
  const compared = (looks: readonly bigint[], radius: number): readonly (readonly number[])[] => {
    const group = looks.map((_, index) => index);
    for (let changed = true; changed; ) {
      changed = false;
      looks.forEach((a, i) => {
        looks.forEach((b, j) => {
          const least = Math.min(group[i] ?? 0, group[j] ?? 0);
          if (bits(a, b) > radius || group[i] === group[j]) return;
          [group[i], group[j], changed] = [least, least, true];
        });
      });
    }
    return [...new Set(group)]
      .map((wanted) => group.flatMap((own, index) => (own === wanted ? [index] : [])))
      .filter(({ length }) => length > 1);
  };
  const look = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  /** Looks around a few, so that some are near each other at every radius. */
  const around = fc.array(
    fc
      .tuple(fc.constantFrom(0n, 2n ** 64n - 1n, 0x0123456789abcdefn), fc.array(fc.nat(63), { maxLength: 12 }))
      .map(([centre, flips]) => flips.reduce((one, flip) => one ^ (1n << BigInt(flip)), centre)),
    { maxLength: 40 },
  );
  test("are those of comparing each two", () =>
    fc.assert(
      fc.property(fc.oneof(around, fc.array(look, { maxLength: 20 })), fc.integer({ min: 0, max: 17 }), (looks, radius) => {
        expect(alikeLooks(looks, radius)).toEqual(compared(looks, radius));
      }),
      { numRuns: 80 },
    ));
  test("take no longer where all looks are one", () => {
    expect(alikeLooks(Array<bigint>(100_000).fill(7n), 6)[0]).toHaveLength(100_000);
  });
});

describe("a picture's look", () => {
  const bits = (a: bigint | undefined, b: bigint | undefined): number =>
    a === undefined || b === undefined ? 64 : [...(a ^ b).toString(2)].filter((bit) => bit === "1").length;
  /** Discs of colour over a slope, between 40 and 215, so that brightness has room. */
  const drawn = (seed: number, width = 96, height = 72): Picture => {
    const { data } = noise([12, 6], seed);
    const value = (disc: number, what: number): number => at(data, disc * 6 + what);
    const colour = (x: number, y: number, channel: number): number => {
      const over = Array.from({ length: 11 }, (_, disc) => disc + 1).findLast(
        (disc) => Math.hypot(x - 0.5 - value(disc, 0) / 3, y - 0.5 - value(disc, 1) / 3) < 0.05 + Math.abs(value(disc, 5)) / 5,
      );
      return over === undefined ? (x - 0.5) * value(0, 0) + (y - 0.5) * value(0, 1) : value(over, 2 + channel);
    };
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, index) => {
      const [x, y] = [(Math.floor(index / 3) % width) / width, Math.floor(index / 3 / width) / height];
      return Math.round(128 + 87 * Math.tanh(colour(x, y, index % 3)));
    });
    return { width, height, pixels };
  };
  const changes: Readonly<Record<string, (picture: Picture) => Picture>> = {
    "encoded anew": (picture) => right(decodeImage(encodeJpeg(picture, 60), "x.jpg")),
    "two thirds as large": ({ width, height, ...rest }) =>
      resized({ width, height, ...rest }, Math.round((2 * width) / 3), Math.round((2 * height) / 3), "lanczos"),
    "half as large again": (picture) => resized(picture, Math.round(1.5 * picture.width), Math.round(1.5 * picture.height), "lanczos"),
    brighter: (picture) => ({ ...picture, pixels: picture.pixels.map((value) => value + 25) }),
    "of more contrast": (picture) => ({ ...picture, pixels: picture.pixels.map((value) => 128 + 1.2 * (value - 128)) }),
  };
  test.each(Object.entries(changes))("is almost the same where it is %s", (_, change) =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const picture = drawn(seed);
        expect(bits(lookOf(picture), lookOf(change(picture)))).toBeLessThanOrEqual(6);
      }),
      { numRuns: 5 },
    ),
  );
  test("is another's in about half of its bits, and its own turned upside down or mirrored", () =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const picture = drawn(seed);
        const turned = {
          ...picture,
          pixels: Uint8Array.from({ length: picture.pixels.length }, (_, index) =>
            at(picture.pixels, 3 * (picture.pixels.length / 3 - 1 - Math.floor(index / 3)) + (index % 3)),
          ),
        };
        expect(bits(lookOf(picture), lookOf(drawn(seed + 1)))).toBeGreaterThan(10);
        for (const changed of [turned, flipped(picture)]) expect(bits(lookOf(picture), lookOf(changed))).toBeGreaterThan(10);
      }),
      { numRuns: 5 },
    ));
  test("is none where there is almost nothing to be seen", () => {
    const plain = (of: (index: number) => number): Picture => ({
      width: 40,
      height: 40,
      pixels: Uint8Array.from({ length: 4800 }, (_, index) => of(index)),
    });
    expect(lookOf(plain(() => 200))).toBeUndefined();
    expect(lookOf(plain((index) => 200 + (index % 2)))).toBeUndefined();
    expect(lookOf(plain((index) => 2 * (Math.floor(index / 3) % 40)))).toBeTypeOf("bigint");
  });
});

describe("rows gathered under a distance", () => {
  test("are near the first of their group, and in one group alone", () =>
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom(1, 2, 5, 13, 30),
        fc.constantFrom(1, 3),
        fc.constantFrom(0, 0.3, 1, 5),
        (seed, count, length, under) => {
          const rows = rowsOf(count, length, 2, seed, under === 1 ? "ties and duplicates" : "as they come");
          // Row by row, as it is said.
          const taken = new Set<number>();
          const expected = Array.from({ length: count }, (_, first) => {
            if (taken.has(first)) return { first, others: [] };
            const others = Array.from({ length: count }, (_, row) => ({ row, distance: distance(rows, first, rows, row) })).filter(
              (other) => other.row > first && !taken.has(other.row) && other.distance < under,
            );
            for (const { row } of others) taken.add(row);
            return { first, others };
          }).filter(({ others }) => others.length > 0);
          expect(gatheredUnder(rows.embeddings, under)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    ));
});

describe("suspects", () => {
  /** Classes around places far apart. */
  const clustered = (seed: number, classes: number, each: number): Rows => {
    const { data } = noise([classes * each, 3], seed);
    const labels = Array.from({ length: classes * each }, (_, row) => row % classes);
    const values = Float64Array.from(data, (value, index) => value / 4 + (index % 3 === 0 ? 10 * (labels[Math.floor(index / 3)] ?? 0) : 0));
    return { embeddings: unsafeTensor([classes * each, 3], values), labels };
  };
  test("are first those whose labels were exchanged, with the label that they had", () =>
    fc.assert(
      fc.property(seeds, fc.integer({ min: 3, max: 5 }), fc.integer({ min: 5, max: 9 }), (seed, classes, each) => {
        const { embeddings, labels } = clustered(seed, classes, each);
        const wrong = [seed % labels.length, (seed + 1) % labels.length];
        const given = Array.from(labels, (label, row) => (wrong.includes(row) ? (Number(label) + 1) % classes : label));
        const found = suspectsOf(embeddings, given, { neighbours: 4 });
        expect(
          found
            .slice(0, 2)
            .map(({ row }) => row)
            .toSorted(),
        ).toEqual(wrong.toSorted());
        for (const { row, suggested } of found.slice(0, 2)) expect(suggested).toBe(labels[row]);
        expect(suspectsOf(embeddings, labels, { neighbours: 4 })).toEqual([]);
      }),
      { numRuns: 30 },
    ));
  test("count neighbours by the inverse of their distance, and copies alone", () => {
    // Of row 0 the others are at 1, 2, 3 and 4: two are asked, and count 1 and a half.
    const line = unsafeTensor([5, 1], Float64Array.of(0, 1, 2, 3, 4));
    const [found] = suspectsOf(line, ["a", "b", "a", "a", "b"], { neighbours: 2 }).filter(({ row }) => row === 0);
    expect(found).toEqual({ row: 0, suspicion: expect.closeTo(2 / 3, 12), suggested: "b", share: expect.closeTo(2 / 3, 12), asked: 2 });
    // Of two other labels the nearer one's is suggested.
    const three = unsafeTensor([5, 1], Float64Array.of(0, 1, 2, 4, 9));
    expect(suspectsOf(three, ["a", "b", "c", "a", "a"], { neighbours: 2 }).find(({ row }) => row === 0)).toMatchObject({ suggested: "b" });
    const copies = unsafeTensor([5, 1], Float64Array.of(0, 0, 2, 3, 4));
    expect(suspectsOf(copies, ["a", "b", "a", "a", "b"], { neighbours: 2 })[0]).toMatchObject({ row: 0, suspicion: 1, share: 1, asked: 2 });
  });
  test("are asked of no more neighbours than others have their label, and never of a label that is alone", () => {
    const line = unsafeTensor([6, 1], Float64Array.of(0, 0.1, 5, 5.1, 5.2, 5.3));
    expect(suspectsOf(line, ["a", "a", "b", "b", "b", "b"], { neighbours: 10 })).toEqual([]);
    expect(suspectsOf(line, ["a", "c", "b", "b", "b", "b"], { neighbours: 10 })).toEqual([]);
  });
});
