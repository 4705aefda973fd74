/** PNGs of every type, filter and size against what they were made of, and against fast-png. */
import * as fc from "fast-check";
import { decode as fastPng } from "fast-png";
import { zlibSync } from "fflate";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { crc32, openImage, type Picture, readPngHeader } from "../src/pictures/index.js";
import { decodePng } from "../src/pictures/png.js";
import type { Reduction } from "../src/pictures/reduction.js";
import { pngOf } from "./fixtures/flatJpeg.js";

interface Made {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly channels: number;
  readonly interlaced: boolean;
  /** Samples, row by row. */
  readonly samples: readonly number[];
  /** Of each row, in turn. */
  readonly filters: readonly number[];
}

/** Begin, and step, across and down: PNG, 8.2. */
const passes = (interlaced: boolean): readonly (readonly [number, number, number, number])[] =>
  interlaced
    ? [
        [0, 8, 0, 8],
        [4, 8, 0, 8],
        [0, 4, 4, 8],
        [2, 4, 0, 4],
        [0, 2, 2, 4],
        [1, 2, 0, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 1, 0, 1]];

const packedRow = (samples: readonly number[], depth: number): number[] => {
  const bits = samples.map((value) => value.toString(2).padStart(depth, "0")).join("");
  return (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
};

/** PNG, 9.2, from what is written to what is stored. */
const filtered = (filter: number, row: readonly number[], above: readonly number[], step: number): number[] =>
  row.map((value, at) => {
    const [a, b, c] = [at < step ? 0 : (row[at - step] ?? 0), above[at] ?? 0, at < step ? 0 : (above[at - step] ?? 0)];
    const p = a + b - c;
    const near = [a, b, c].toSorted((one, other) => Math.abs(p - one) - Math.abs(p - other))[0] ?? 0;
    return (value - ([0, a, b, (a + b) >> 1, near][filter] ?? 0)) & 255;
  });

const pngBytes = ({ width, height, depth, channels, interlaced, samples, filters }: Made, filter?: number): Uint8Array => {
  const rows: number[] = [];
  let count = 0;
  for (const [left, across, top, down] of passes(interlaced)) {
    let above: number[] = [];
    for (let y = top; y < height && left < width; y += down) {
      const own: number[] = [];
      for (let x = left; x < width; x += across) for (let k = 0; k < channels; k++) own.push(samples[(y * width + x) * channels + k] ?? 0);
      const row = packedRow(own, depth);
      const kind = filters[count++ % filters.length] ?? 0;
      rows.push(filter ?? kind, ...filtered(kind, row, above, Math.max(1, (channels * depth) >> 3)));
      above = row;
    }
  }
  const type = [0, 0, 4, 2, 6][channels] ?? 0;
  const word = (value: number): readonly number[] => [0, 0, value >> 8, value & 255];
  return pngOf(
    [
      ["IHDR", [...word(width), ...word(height), depth, type, 0, 0, interlaced ? 1 : 0]],
      ["IDAT", zlibSync(Uint8Array.from(rows))],
      ["IEND", []],
    ],
    crc32,
  );
};

/** What is seen of a sample, alpha over white. */
const colours = ({ width, height, depth, channels, samples }: Made): readonly number[] =>
  Array.from({ length: width * height * 3 }, (_, at) => {
    const first = Math.floor(at / 3) * channels;
    const most = 2 ** depth - 1;
    const value = ((samples[first + (channels > 2 ? at % 3 : 0)] ?? 0) * 255) / most;
    return channels % 2 === 1 ? value : 255 + ((value - 255) * (samples[first + channels - 1] ?? 0)) / most;
  });

const made: fc.Arbitrary<Made> = fc
  .tuple(
    fc.integer({ min: 1, max: 19 }),
    fc.integer({ min: 1, max: 19 }),
    fc.constantFrom([1, 1], [1, 2], [1, 4], [1, 8], [1, 16], [2, 8], [2, 16], [3, 8], [3, 16], [4, 8], [4, 16]),
    fc.boolean(),
    fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 9 }),
  )
  .chain(([width, height, [channels = 1, depth = 8], interlaced, filters]) =>
    fc
      .array(fc.oneof(fc.integer({ min: 0, max: 2 ** depth - 1 }), fc.constantFrom(0, 2 ** depth - 1)), {
        minLength: width * height * channels,
        maxLength: width * height * channels,
      })
      .map((samples) => ({ width, height, channels, depth, interlaced, samples, filters })),
  );

const decoded = (bytes: Uint8Array, reduction: Reduction = 1): Picture => {
  const picture = E.chain((header: Parameters<typeof decodePng>[0]) => decodePng(header, reduction))(readPngHeader(bytes));
  return E.isRight(picture) ? picture.right : expect.unreachable(picture.left);
};

describe("a PNG of any type", () => {
  it("is what it was made of", () => {
    fc.assert(
      fc.property(made, (one) => {
        const { width, height, pixels } = decoded(pngBytes(one));
        expect([width, height]).toEqual([one.width, one.height]);
        const expected = colours(one);
        expect(pixels).toHaveLength(expected.length);
        // Halves may fall to either side.
        for (const [at, value] of expected.entries()) expect(Math.abs((pixels[at] as number) - value)).toBeLessThanOrEqual(0.5 + 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  it("has the samples that fast-png reads", () => {
    fc.assert(
      fc.property(
        made.filter(({ depth, channels }) => depth === 8 && (channels === 1 || channels === 3)),
        (one) => {
          const bytes = pngBytes(one);
          const { data, channels } = fastPng(bytes, { checkCrc: true });
          const expected = channels === 3 ? [...data] : [...data].flatMap((value) => [value, value, value]);
          expect([...decoded(bytes).pixels]).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is the mean of its squares where it is decoded smaller", () => {
    fc.assert(
      fc.property(made, fc.constantFrom(2 as const, 4 as const, 8 as const), (one, by) => {
        const bytes = pngBytes(one);
        const [whole, smaller] = [decoded(bytes), decoded(bytes, by)];
        expect([smaller.width, smaller.height]).toEqual([Math.ceil(one.width / by), Math.ceil(one.height / by)]);
        for (let at = 0; at < smaller.pixels.length; at++) {
          const [x, y, channel] = [Math.floor(at / 3) % smaller.width, Math.floor(at / 3 / smaller.width), at % 3];
          const own: number[] = [];
          for (let v = y * by; v < Math.min(whole.height, (y + 1) * by); v++)
            for (let u = x * by; u < Math.min(whole.width, (x + 1) * by); u++)
              own.push(whole.pixels[3 * (v * whole.width + u) + channel] as number);
          expect(smaller.pixels[at]).toBe(Math.round(own.reduce((sum, value) => sum + value, 0) / own.length));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is refused where a row names a filter that there is not", () => {
    const one = { width: 3, height: 2, depth: 8, channels: 1, interlaced: false, samples: [1, 2, 3, 4, 5, 6], filters: [0] };
    expect(decodeOf(pngBytes(one))).toBe("it was read");
    expect(decodeOf(pngBytes(one, 5))).toMatch(/filters that there are not/);
  });
});

const decodeOf = (bytes: Uint8Array): string => {
  const opened = openImage(bytes, "x");
  const picture = E.isRight(opened) ? opened.right.decode() : opened;
  return E.isRight(picture) ? "it was read" : picture.left.message;
};

it("a large PNG is decoded smaller where that is enough, and takes less memory then", () => {
  const [width, height] = [5200, 4000];
  const rows = new Uint8Array(height * (1 + Math.ceil(width / 8))).fill(0xff);
  for (let y = 0; y < height; y++) rows[y * (1 + Math.ceil(width / 8))] = 0;
  const png = pngOf(
    [
      ["IHDR", [0, 0, width >> 8, width & 255, 0, 0, height >> 8, height & 255, 1, 0, 0, 0, 0]],
      ["IDAT", zlibSync(rows)],
      ["IEND", []],
    ],
    crc32,
  );
  const [whole, smaller] = [openImage(png, "x"), openImage(png, "x", undefined, 200)];
  if (E.isLeft(whole) || E.isLeft(smaller)) return expect.unreachable("it is within the limits");
  expect(smaller.right.memory).toBeLessThan(whole.right.memory / 5);
  const picture = smaller.right.decode();
  if (E.isLeft(picture)) return expect.unreachable(picture.left.message);
  expect([picture.right.width, picture.right.height]).toEqual([width / 4, height / 4]);
  expect([0, 1, picture.right.pixels.length - 1].map((at) => picture.right.pixels[at])).toEqual([255, 255, 255]);
});
