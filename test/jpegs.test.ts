/** JPEGs of all kinds against Pillow's bytes (golden/jpegs.py), and what two decoders make of files that are not as they should be. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { encodeJpeg } from "../src/datasets/index.js";
import { openImage, type Picture, readJpegHeader } from "../src/pictures/index.js";
import { decodeJpeg, type JpegDecoding } from "../src/pictures/jpeg.js";
import { mostOpinionPixels } from "../src/pictures/limits.js";
import type { Reduction } from "../src/pictures/reduction.js";
import { turboDecoder, usualTurbo } from "../src/pictures/turbo.js";
import { blankJpeg, jpegOf, type Segment, segmentsOf } from "./fixtures/flatJpeg.js";
import { unless } from "./missing.js";

const golden = join(import.meta.dirname, "..", "golden");
const bytes = z.string().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const oneCase = z.object({
  name: z.string(),
  width: z.number(),
  height: z.number(),
  file: bytes,
  pixels: bytes,
  by: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]),
  reduced: bytes,
});
type Case = z.infer<typeof oneCase>;

const committed = z.object({ cases: z.array(oneCase) }).parse(JSON.parse(readFileSync(join(golden, "jpegs.json"), "utf8"))).cases;

const python = ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", "import PIL, numpy"]).status === 0);

const decoded = (file: Uint8Array, how: Partial<JpegDecoding> = {}): E.Either<string, Picture> =>
  E.chain((header: Parameters<typeof decodeJpeg>[0]) => decodeJpeg(header, { reduction: 1, more: () => undefined, ...how }))(
    readJpegHeader(file),
  );

const seen = (file: Uint8Array, how: Partial<JpegDecoding> = {}): Picture => {
  const picture = decoded(file, how);
  return E.isRight(picture) ? picture.right : expect.unreachable(picture.left);
};

const said = (file: Uint8Array, how: Partial<JpegDecoding> = {}): string => {
  const picture = decoded(file, how);
  return E.isLeft(picture) ? picture.left : "it was read";
};

const farthest = (a: Uint8Array, b: Uint8Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] as number))), 0);
};

/** At its own size and at the smaller one. */
const distances = ({ file, pixels, by, reduced, width, height }: Case): readonly number[] => {
  const [whole, smaller] = [seen(file), seen(file, { reduction: by })];
  expect([whole.width, whole.height]).toEqual([width, height]);
  expect([smaller.width, smaller.height]).toEqual([Math.ceil(width / by), Math.ceil(height / by)]);
  return [farthest(whole.pixels, pixels), farthest(smaller.pixels, reduced)];
};

describe("JPEGs as Pillow decodes them", () => {
  it("have its bytes, of every kind, at every size", () => {
    for (const kind of [
      /^grey/,
      /^ycc 4:4:4/,
      /^ycc 4:2:0/,
      /^ycc 4:4:0/,
      /^ycc 4:1:1/,
      /^rgb/,
      /^cmyk/,
      /^ycck/,
      /progressive True/,
      /interval 1/,
      / 1x1/,
    ])
      expect(
        committed.some(({ name }) => kind.test(name)),
        String(kind),
      ).toBe(true);
    expect(new Set(committed.map(({ by }) => by))).toEqual(new Set([1, 2, 4, 8]));
    for (const one of committed) expect(distances(one), one.name).toEqual([0, 0]);
  });

  it(
    "are within 1 of the Pillow here, 200 of all kinds",
    unless(python === undefined ? "no python3 here imports PIL and numpy (Debian: apt-get install python3-pil python3-numpy)" : ""),
    () => {
      const { stdout } = spawnSync(python ?? "", [join(golden, "jpegs.py"), "--many", "200", "11"], {
        encoding: "utf8",
        maxBuffer: 1 << 28,
      });
      const cases = stdout
        .trim()
        .split("\n")
        .map((line) => oneCase.parse(JSON.parse(line)));
      expect(cases).toHaveLength(200);
      for (const one of cases) expect(Math.max(...distances(one)), one.name).toBeLessThanOrEqual(1);
    },
  );

  it("are near that without WebAssembly too, where colours are not sampled more coarsely", () => {
    for (const one of committed.filter(({ name }) => /^grey|^cmyk|4:4:4/.test(name)))
      expect(farthest(seen(one.file, { fast: undefined }).pixels, one.pixels), one.name).toBeLessThanOrEqual(4);
  });
});

const noise = (width: number, height: number): Picture => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 24),
});

const turbo = usualTurbo();

describe("two decoders", () => {
  const plain = encodeJpeg(noise(40, 24), 90);
  const [last] = segmentsOf(plain).slice(-1) as [Segment];
  const extra = jpegOf([...segmentsOf(plain).slice(0, -1), { ...last, data: [...(last.data ?? []), 1, 2, 3] }]);
  /** Coded units of 48 blocks, where libjpeg takes ten. */
  const coarse = blankJpeg(32, 32, 5, 0x44);

  it("are there, the fast one first", () => {
    expect(turbo).toBeDefined();
    const asked: number[] = [];
    expect(seen(plain, { more: (needed) => asked.push(needed) }).pixels).toHaveLength(40 * 24 * 3);
    expect(asked).toEqual([]);
  });

  it("read together what either reads, and the second says what memory it takes", () => {
    const asked: number[] = [];
    const more = (needed: number): void => void asked.push(needed);
    expect(turbo?.(coarse, { width: 32, height: 32, format: "rgb", reduction: 1 })).toMatchObject({ kind: "refused" });
    const { width, height } = seen(coarse, { more });
    expect(asked).toEqual([12 * width * height + 420 * 18]);
    expect(seen(extra, { more }).pixels).toEqual(seen(plain).pixels);
    expect(asked).toHaveLength(2);
  });

  it("come to the same end, one without the other", () => {
    for (const how of [{}, { fast: undefined }] as const) {
      expect(said(plain, how)).toBe("it was read");
      expect(said(plain.slice(0, -30), how)).toMatch(/cut short/);
      const short = { ...last, data: (last.data ?? []).slice(0, -30) };
      expect(said(jpegOf([...segmentsOf(plain).slice(0, -1), short]), how)).toMatch(/does not decode to its end/);
    }
  });

  it("are not both asked about a large picture, which is refused in words", () => {
    const more = (): void => expect.unreachable("a second opinion of a large picture");
    const [width, height] = [2900, 2900];
    expect(width * height).toBeGreaterThan(mostOpinionPixels);
    const bytes = Math.ceil((Math.ceil(width / 8) * Math.ceil(height / 8)) / 4);
    const blank = blankJpeg(width, height, bytes);
    expect(said(blank, { more })).toBe("it was read");
    expect(
      said(jpegOf(segmentsOf(blank).map((one) => (one.data === undefined ? one : { ...one, data: [...one.data, 0, 0] }))), { more }),
    ).toBe("it was read");
    const full = segmentsOf(blank).map((one) => (one.data === undefined ? one : { ...one, data: one.data.map(() => 0xfe) }));
    expect(said(jpegOf(full), { more })).toMatch(/does not decode to its end/);
    expect(said(jpegOf(full, []), { more })).toMatch(/cut short/);
    expect(said(blankJpeg(width, height, 2 * bytes, 0x44), { more })).toMatch(/not read at 2900 x 2900 pixels/);
  });

  it("keep their wits after any damage, and their pixels to themselves", () => {
    const before = seen(plain).pixels;
    const copy = before.slice();
    const bytes = [...plain];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        const direct = turbo?.(damaged, { width: 40, height: 24, format: "rgb", reduction: 1 });
        expect(["whole", "doubtful", "refused"]).toContain(direct?.kind);
        decoded(damaged);
        expect(Buffer.compare(before, copy)).toBe(0);
        expect(Buffer.compare(seen(plain).pixels, copy)).toBe(0);
      }),
      { numRuns: 150 },
    );
    const side = 4800;
    const blank = blankJpeg(side, side, side ** 2 / 256);
    const large = seen(blank);
    large.pixels.fill(7);
    expect(seen(blank).pixels[0]).toBe(128);
    expect([0, 1, large.pixels.length >> 1, large.pixels.length - 1].map((at) => large.pixels[at])).toEqual([7, 7, 7, 7]);
  });
});

describe("a large JPEG", () => {
  const [width, height] = [5200, 4000];
  const file = blankJpeg(width, height, Math.ceil((width * height) / 256));
  const open = (side?: number, pixels = file) => {
    const opened = openImage(pixels, "x", undefined, side);
    return E.isRight(opened) ? opened.right : expect.unreachable(opened.left.message);
  };

  it("is decoded at the smallest size that leaves its shorter side three times what it becomes", () => {
    for (const [side, by] of [
      [166, 8],
      [167, 4],
      [333, 4],
      [334, 2],
      [666, 2],
      [667, 1],
      [undefined, 1],
    ] as const satisfies readonly (readonly [number | undefined, Reduction])[]) {
      const { decode, ...about } = open(side);
      const picture = decode();
      expect(about).toMatchObject({ width, height });
      expect(E.isRight(picture) && [picture.right.width, picture.right.height], String(side)).toEqual([width / by, height / by]);
    }
    expect(open(100).memory).toBeLessThan(open().memory / 10);
  });

  it("is not so where it has 20 megapixels or less", () => {
    const picture = open(10, encodeJpeg(noise(400, 300), 50)).decode();
    expect(E.isRight(picture) && picture.right.width).toBe(400);
  });
});

it("a decoder of no sense is none", () => {
  // An empty module: it has none of the functions.
  const empty = turboDecoder(new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)));
  expect(empty(new Uint8Array(4), { width: 1, height: 1, format: "rgb", reduction: 1 })).toEqual({ kind: "refused", said: "" });
});
