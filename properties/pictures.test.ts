/** Whatever is done to a picture's file: an answer, never a throw, within the limits, and the same one the second time. */
import fc from "fast-check";
import { encode as encodePng } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { encodeJpeg } from "../src/datasets/index.js";
import { crc32, decodeImage, openImage } from "../src/pictures/index.js";
import { adobe, flatJpeg, tiff } from "../test/fixtures/flatJpeg.js";

const pixels = Uint8Array.from({ length: 24 * 17 * 3 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 24);
const rgba = Uint8Array.from({ length: 24 * 17 * 4 }, (_, at) => Math.imul(at + 1, 2246822519) >>> 24);

/** Files of each kind, small enough for thousands of decodings. */
const files: readonly Uint8Array[] = [
  encodeJpeg({ width: 24, height: 17, pixels }, 90),
  encodeJpeg({ width: 24, height: 17, pixels }, 20),
  flatJpeg({ values: [120, 110, 150], progressive: true }),
  flatJpeg({ values: [200, 90, 40, 180], before: [adobe(2)] }),
  flatJpeg({ values: [90], before: [{ marker: 0xe1, content: [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff(6, true, 4)] }] }),
  encodePng({ width: 24, height: 17, channels: 3, data: pixels }),
  encodePng({ width: 24, height: 17, channels: 4, data: rgba }),
  encodePng({
    width: 8,
    height: 8,
    channels: 1,
    depth: 2,
    data: new Uint8Array(16).fill(27),
    palette: [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [0, 0, 0],
    ],
  }),
];

type Change = (bytes: Uint8Array) => Uint8Array;

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const byte = fc.integer({ min: 0, max: 255 });
/** Bytes that mean something to one format or the other. */
const telling = fc.constantFrom(0xff, 0x00, 0xd8, 0xd9, 0xda, 0xc0, 0xc2, 0xc4, 0xdb, 0xdd, 0xd0, 0x7f, 0x80);
const at = (bytes: Uint8Array, where: number): number => Math.floor(where * bytes.length);

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.oneof(byte, telling)).map(
    ([where, value]): Change =>
      (bytes) =>
        bytes.length === 0 ? bytes : bytes.with(at(bytes, where), value),
  ),
  fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(
    ([where, bit]): Change =>
      (bytes) => {
        const position = at(bytes, where);
        return bytes.length === 0 ? bytes : bytes.with(position, (bytes[position] as number) ^ (1 << bit));
      },
  ),
  place.map(
    (where): Change =>
      (bytes) =>
        bytes.slice(0, at(bytes, where)),
  ),
  fc.tuple(place, fc.array(fc.oneof(byte, telling), { maxLength: 12 })).map(
    ([where, more]): Change =>
      (bytes) =>
        Uint8Array.from([...bytes.subarray(0, at(bytes, where)), ...more, ...bytes.subarray(at(bytes, where))]),
  ),
  // A part left out, a part twice.
  fc.tuple(place, place).map(
    ([a, b]): Change =>
      (bytes) => {
        const [from, to] = [at(bytes, Math.min(a, b)), at(bytes, Math.max(a, b))];
        return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
      },
  ),
  fc.tuple(place, place).map(
    ([a, b]): Change =>
      (bytes) => {
        const [from, to] = [at(bytes, Math.min(a, b)), at(bytes, Math.max(a, b))];
        return Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(from)]);
      },
  ),
  // The first hundred bytes hold the headers.
  fc.tuple(fc.integer({ min: 0, max: 100 }), byte).map(
    ([position, value]): Change =>
      (bytes) =>
        position < bytes.length ? bytes.with(position, value) : bytes,
  ),
);

/** Checksums of a PNG's chunks brought up to date, so that changes reach what lies behind them. */
const resealed: Change = (bytes) => {
  const sealed = Uint8Array.from(bytes);
  const view = new DataView(sealed.buffer);
  for (let offset = 8; offset + 12 <= sealed.length; ) {
    const end = offset + 8 + view.getUint32(offset);
    if (end + 4 > sealed.length) break;
    view.setUint32(end, crc32(sealed.subarray(offset + 4, end)));
    offset = end + 4;
  }
  return sealed;
};

const maxPixels = 100_000;

describe("a changed file of a picture", () => {
  it("gives a picture within the limits or a fault in words of our own, and the same each time", () => {
    let [read, refused] = [0, 0];
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(changes, { minLength: 1, maxLength: 4 }), fc.boolean(), (file, several, sealed) => {
        const changed = several.reduce((bytes, change) => change(bytes), file);
        const bytes = sealed && changed[0] === 0x89 ? resealed(changed) : changed;
        const before = Uint8Array.from(bytes);
        const [opened, picture] = [openImage(bytes, "x", maxPixels), decodeImage(bytes, "x", maxPixels)];
        expect(decodeImage(bytes, "x", maxPixels)).toEqual(picture);
        expect(bytes).toEqual(before);
        if (E.isRight(picture)) {
          read += 1;
          const { width, height, pixels: given } = picture.right;
          expect(width * height).toBeLessThanOrEqual(maxPixels);
          expect(given.length).toBe(3 * width * height);
          expect(E.isRight(opened) && opened.right.memory).toBeGreaterThan(given.length);
        } else {
          refused += 1;
          // What decoders say when they give up.
          expect(picture.left.message).not.toMatch(/undefined|marker was|huffman sequence|Cannot read|is not a|DHT|SOI|CRC|invalid/);
          expect(picture.left.message).toMatch(/^x: cannot be used: .*\. Replace or remove the file\.$/);
        }
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(read, refused)).toBeGreaterThan(100);
  });
});
