/** Pictures as viewers see them: colour models, orientation, and files that are odd outside their picture data. */
import { encode as encodePng } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { encodeJpeg } from "../src/datasets/index.js";
import { crc32, decodeImage, type Picture } from "../src/pictures/index.js";
import {
  adobe,
  type Flat,
  flatJpeg,
  flatSegments,
  jfif,
  jpegOf,
  pngOf,
  type Segment,
  segmentsOf,
  tiff,
  written,
} from "./fixtures/flatJpeg.js";

const seen = (bytes: Uint8Array): Picture => {
  const picture = decodeImage(bytes, "x");
  if (E.isLeft(picture)) return expect.unreachable(picture.left.message);
  return picture.right;
};

const refusal = (bytes: Uint8Array): string => {
  const picture = decodeImage(bytes, "x");
  return E.isLeft(picture) ? picture.left.message : "it was read";
};

/** The one colour of a flat picture. */
const colourOf = (bytes: Uint8Array): readonly number[] => {
  const { pixels } = seen(bytes);
  const [red = 0, green = 0, blue = 0] = pixels;
  for (let at = 0; at < pixels.length; at += 3) expect([...pixels.subarray(at, at + 3)]).toEqual([red, green, blue]);
  return [red, green, blue];
};

const expectColour = (bytes: Uint8Array, colour: readonly number[], within = 1): void => {
  for (const [channel, value] of colourOf(bytes).entries())
    expect(Math.abs(value - (colour[channel] as number)), `channel ${channel}`).toBeLessThanOrEqual(within);
};

/** ITU-T T.871. */
const fromYcc = ([y = 0, cb = 0, cr = 0]: readonly number[]): readonly number[] => [
  y + 1.402 * (cr - 128),
  y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
  y + 1.772 * (cb - 128),
];

const rgbIds = [82, 71, 66];
const exif = (content: readonly number[]): Segment => ({ marker: 0xe1, content: [0x45, 0x78, 0x69, 0x66, 0, 0, ...content] });

/** 24 x 16, red on the left, blue on the right. */
const halves: Picture = {
  width: 24,
  height: 16,
  pixels: Uint8Array.from(
    { length: 24 * 16 * 3 },
    (_, index) => (Math.floor(index / 3) % 24 < 12 ? [220, 30, 30] : [30, 30, 220])[index % 3] as number,
  ),
};

describe("the colours of a JPEG", () => {
  const values = [120, 110, 150];
  const ycc = fromYcc(values);

  it("are those of libjpeg's rules for three components", () => {
    const rgb = values;
    for (const [what, flat, colour] of [
      ["no word of it", {}, ycc],
      ["JFIF", { before: [jfif] }, ycc],
      ["Adobe's 0", { before: [adobe(0)] }, rgb],
      ["Adobe's 1", { before: [adobe(1)] }, ycc],
      ["names R, G, B", { ids: rgbIds }, rgb],
      ["other names", { ids: [7, 8, 9] }, ycc],
      ["JFIF above Adobe's 0", { before: [jfif, adobe(0)] }, ycc],
      ["JFIF above names", { before: [jfif], ids: rgbIds }, ycc],
      ["Adobe's 1 above names", { before: [adobe(1)], ids: rgbIds }, ycc],
    ] as const satisfies readonly (readonly [string, Partial<Flat>, readonly number[]])[]) {
      const [red = 0] = colourOf(flatJpeg({ values, ...flat }));
      expect(Math.abs(red - (colour[0] as number)), what).toBeLessThanOrEqual(1);
      expectColour(flatJpeg({ values, ...flat }), colour);
    }
  });

  it("are ink turned over for four, as every viewer has it, and YCCK where Adobe's segment says so", () => {
    const inks = [200, 90, 40, 180];
    const [c = 0, m = 0, y = 0, k = 0] = inks;
    const cmyk = [(c * k) / 255, (m * k) / 255, (y * k) / 255];
    expectColour(flatJpeg({ values: inks, before: [adobe(0)] }), cmyk, 2);
    expectColour(flatJpeg({ values: inks }), cmyk, 2);
    const ycck = fromYcc([...values, 0]).map((value) => ((255 - value) * k) / 255);
    expectColour(flatJpeg({ values: [...values, k], before: [adobe(2)] }), ycck, 2);
  });

  it("are the same from a progressive file, and grey from one component", () => {
    expectColour(flatJpeg({ values, before: [adobe(0)], progressive: true }), values);
    expectColour(flatJpeg({ values: [77] }), [77, 77, 77]);
  });

  it("are refused by name where they are not read", () => {
    expect(refusal(flatJpeg({ values: [1, 2] }))).toMatch(/its colour model \(2 components\) is not read/);
  });
});

describe("orientation", () => {
  it("is read from short and long numbers of both byte orders, in JPEG and in PNG", () => {
    const jpeg = segmentsOf(encodeJpeg(halves, 95));
    const png = encodePng({ ...halves, channels: 3, data: halves.pixels });
    const chunk = (content: readonly number[]): Uint8Array => pngOf([["eXIf", content]], crc32).subarray(8);
    for (const littleEndian of [true, false])
      for (const type of [3, 4] as const) {
        const content = tiff(6, littleEndian, type);
        const end = png.length - 12;
        for (const bytes of [
          jpegOf([exif(content), ...jpeg]),
          // Before the picture data and behind it.
          Uint8Array.from([...png.subarray(0, 33), ...chunk(content), ...png.subarray(33)]),
          Uint8Array.from([...png.subarray(0, end), ...chunk(content), ...png.subarray(end)]),
        ]) {
          const { width, height, pixels } = seen(bytes);
          expect([width, height]).toEqual([16, 24]);
          // The stored left side, red, is the top.
          expect([pixels[0], pixels[pixels.length - 3]].map((red) => (red as number) > 128)).toEqual([true, false]);
        }
      }
  });

  it("is upright where the directory makes no sense", () => {
    const jpeg = segmentsOf(encodeJpeg(halves, 95));
    for (const content of [tiff(9, true, 3), [1, 2, 3], tiff(6, true, 3).slice(0, 12), [0x4d, 0x4d, 0, 42, 255, 255, 255, 255, 0, 0]])
      expect(seen(jpegOf([exif(content), ...jpeg])).width).toBe(24);
  });
});

describe("a JPEG's stream", () => {
  const jpeg = encodeJpeg(halves, 95);
  const segments = segmentsOf(jpeg);
  const plain = seen(jpeg);

  it("is read past what lies outside the picture", () => {
    const stray = segments.flatMap((segment, index) => (index === 2 ? [0, 7, 0xff, 0, ...written(segment)] : written(segment)));
    for (const [what, bytes] of [
      ["no end marker", jpegOf(segments, [])],
      ["no end marker and a trailer", jpegOf(segments, [1, 2, 3, 4, 5])],
      ["no end marker and another picture", jpegOf(segments, [...jpeg])],
      ["no end marker and half a segment", jpegOf(segments, [0xff, 0xe5, 9, 9, 1])],
      ["a trailer", Uint8Array.from([...jpeg, 1, 2, 0xff, 0xd8, 0xff])],
      ["stray bytes between segments", Uint8Array.from([0xff, 0xd8, ...stray, 0xff, 0xd9])],
      ["no Huffman tables", jpegOf(segments.filter(({ marker }) => marker !== 0xc4))],
      ["a long comment", jpegOf([{ marker: 0xfe, content: Array.from({ length: 65_000 }, () => 65) }, ...segments])],
    ] as const)
      expect(seen(bytes), what).toEqual(plain);
  });

  it("is read by the standard's tables for chrominance where it has none", () => {
    const flat = { values: [120, 110, 150] };
    expect(seen(flatJpeg({ ...flat, bare: true }))).toEqual(seen(flatJpeg(flat)));
  });

  it("is refused where picture data is missing, wherever it was cut", () => {
    const scan = jpeg.length - 2 - (segments.at(-1)?.data?.length ?? 0);
    for (let length = 4; length < jpeg.length - 2; length += 3)
      expect(refusal(jpeg.slice(0, length)), `${length} bytes`).toMatch(length > scan ? /cut short/ : /cut short|damaged|no frame/);
    const progressive = flatSegments({ values: [120, 110, 150], progressive: true });
    expect(seen(jpegOf(progressive, [])).width).toBe(16);
    for (const kept of [1, 2, 3]) expect(refusal(jpegOf(progressive.slice(0, kept - 4), [])), `${kept} scans`).toMatch(/cut short/);
  });

  it("is refused in words of our own, whatever is wrong", () => {
    const frame = (marker: number, bits = 8, height = 16): readonly Segment[] =>
      segments.map((one) => (one.marker === 0xc0 ? { marker, content: [bits, height >> 8, height & 255, ...one.content.slice(3)] } : one));
    const without = (marker: number): Uint8Array => jpegOf(segments.filter((one) => one.marker !== marker));
    for (const [bytes, words] of [
      [jpegOf(frame(0xc9)), /arithmetic-coded JPEG, which is not read/],
      [jpegOf(frame(0xc3)), /lossless JPEG, which is not read/],
      [jpegOf(frame(0xc5)), /hierarchical JPEG, which is not read/],
      [jpegOf(frame(0xc1, 12)), /12 bits a sample, which is not read/],
      [jpegOf(frame(0xc0, 8, 0)), /height stands behind the picture data/],
      [without(0xdb), /quantisation table that it names is missing/],
      [without(0xda), /no picture data/],
      [
        jpegOf(segments.map((one) => (one.data === undefined ? one : { ...one, data: one.data.map(() => 0x55) }))),
        /does not decode to its end|cannot hold/,
      ],
      [
        jpegOf([
          ...segments.slice(0, 2),
          { marker: 0xc4, content: [0, 3, ...Array.from({ length: 15 }, () => 0), 1, 2, 3] },
          ...segments.slice(2),
        ]),
        /Huffman tables are damaged/,
      ],
    ] as const)
      expect(refusal(bytes)).toMatch(words);
  });
});

describe("a PNG's chunks", () => {
  const grey = { width: 4, height: 2, pixels: Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80) };
  const png = encodePng({ ...grey, channels: 1, data: grey.pixels });
  const plain = seen(png);
  const [header, data] = [png.subarray(16, 29), png.subarray(41, png.length - 16)];
  const of = (...extra: readonly (readonly [string, ArrayLike<number>])[]): Uint8Array =>
    pngOf([["IHDR", header], ...extra, ["IDAT", data], ["IEND", []]], crc32);
  const broken = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] as number) ^ 1);

  it("are read past what lies outside the picture", () => {
    const profile = of(["iCCP", [65, 0, 0, 1, 2, 3]]);
    for (const [what, bytes] of [
      ["the same, written by hand", of()],
      ["a profile that is none", profile],
      ["a profile with a broken checksum", broken(profile, 33 + 8 + 6)],
      ["an unknown ancillary chunk", of(["zzZz", [1, 2, 3]])],
      ["an ancillary chunk whose name is no name", of(["s\u0001IT", [1, 2, 3]])],
      ["bytes behind the end", Uint8Array.from([...png, 1, 2, 3])],
      ["no end", png.slice(0, -12)],
      ["half an end", png.slice(0, -5)],
      ["rubbish for an end", Uint8Array.from([...png.subarray(0, -12), 0, 0, 0, 9, 1, 2, 3, 4])],
      ["transparency too long for grey", of(["tRNS", [0, 1, 0, 2]])],
      ["a palette of no use", of(["PLTE", [1, 2, 3]])],
    ] as const)
      expect(seen(bytes), what).toEqual(plain);
  });

  it("keep their colours beside a suggested palette, and one clear colour in a single pixel", () => {
    const rgb = encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) });
    const insert = (name: string, content: readonly number[]): Uint8Array =>
      Uint8Array.from([...rgb.subarray(0, 33), ...pngOf([[name, content]], crc32).subarray(8), ...rgb.subarray(33)]);
    expect([...seen(insert("PLTE", [9, 9, 9, 8, 8, 8])).pixels]).toEqual([1, 2, 3]);
    expect([...seen(insert("tRNS", [0, 1, 0, 2, 0, 3])).pixels]).toEqual([255, 255, 255]);
    expect([...seen(insert("tRNS", [0, 1, 0, 2, 0, 4])).pixels]).toEqual([1, 2, 3]);
  });

  it("are refused where the picture itself is wrong, in words of our own", () => {
    const indexed = header.with(9, 3);
    for (const [bytes, words] of [
      [broken(png, 16), /header is damaged/],
      [broken(png, 45), /picture data is damaged/],
      [of(["ABCD", [1]]), /chunk "ABCD", which is not known/],
      [
        pngOf(
          [
            ["IHDR", indexed],
            ["IDAT", data],
            ["IEND", []],
          ],
          crc32,
        ),
        /palette is missing/,
      ],
      [
        pngOf(
          [
            ["IHDR", header],
            ["IDAT", data.subarray(0, -8)],
          ],
          crc32,
        ),
        /cut short/,
      ],
      [
        pngOf(
          [
            ["IHDR", header],
            ["IEND", []],
          ],
          crc32,
        ),
        /no picture data/,
      ],
      [
        pngOf(
          [
            ["CgBI", [0, 0, 0, 0]],
            ["IHDR", header],
          ],
          crc32,
        ),
        /Apple's own form/,
      ],
    ] as const)
      expect(refusal(bytes)).toMatch(words);
  });
});
