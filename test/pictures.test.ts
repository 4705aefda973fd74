/** Pictures against what torchvision makes of them on Pillow (golden/pictures.py): boxes, bytes, and the numbers of an input. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { centreBox, cropBox, type Resample, resample, resized, seen, vectorResample } from "../src/pictures/index.js";

const bytes = z.string().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const source = z.object({ width: z.number(), height: z.number(), pixels: bytes });
const box = z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() });
const pair = z.tuple([z.number(), z.number()]);
const goldens = z
  .object({
    cases: z.array(
      z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("resize"), filter: z.enum(["lanczos", "triangle"]), source, size: pair, result: bytes }),
        z.object({
          kind: z.literal("view"),
          source,
          size: z.number(),
          box,
          flip: z.boolean(),
          result: bytes,
          firstRow: z.array(z.number()),
        }),
        z.object({ kind: z.literal("centre"), side: z.number(), size: z.number(), left: z.number(), top: z.number() }),
        z.object({
          kind: z.literal("box"),
          width: z.number(),
          height: z.number(),
          area: pair,
          ratio: pair,
          draws: z.array(z.number()),
          box,
        }),
      ]),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "pictures.json"), "utf8"))).cases;

/** Of the golden: ImageNet's. */
const statistics = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

const ways: readonly (readonly [string, () => Promise<Resample>])[] = [
  ["plain loops", async () => resample],
  ["vectors", vectorResample],
];

/** The byte that an input's number was made of. */
const byteOf = (value: number, channel: number): number =>
  Math.round(255 * (value * (statistics.deviation[channel] as number) + (statistics.mean[channel] as number)));

describe("pictures as torchvision and Pillow make them", () => {
  for (const [name, way] of ways) {
    it(`have the bytes of Pillow at a new size, by either filter, in ${name}`, async () => {
      const resampled = await way();
      const cases = goldens.flatMap((one) => (one.kind === "resize" ? [one] : []));
      expect(cases.length).toBeGreaterThan(10);
      for (const { source, size, filter, result } of cases)
        expect(resized(source, size[0], size[1], filter, resampled).pixels, `${filter} to ${size}`).toEqual(result);
    });

    it(`are cropped, resampled, mirrored and normalised alike, in ${name}`, async () => {
      const resampled = await way();
      const cases = goldens.flatMap((one) => (one.kind === "view" ? [one] : []));
      expect(cases.length).toBeGreaterThan(5);
      for (const { source, size, box, flip, result, firstRow } of cases) {
        const packed = { side: source.width, pixels: source.pixels, labels: [0] };
        const view = { box, mirrored: flip };
        const { data } = seen(packed, [0], [view], { size, statistics }, resampled);
        expect(Uint8Array.from(data, (value, index) => byteOf(value, index % 3))).toEqual(result);
        for (const [index, value] of firstRow.entries()) expect(Math.abs((data[index] as number) - value)).toBeLessThan(2e-6);
      }
    });
  }

  it("are resampled alike in vectors, whether they go through them whole, in bands or are too large for them", async () => {
    const vectors = await vectorResample();
    for (const [width, height, side] of [
      [1, 1, 3],
      [301, 523, 31],
      [2, 3001, 7],
      [90_001, 3, 2],
      [1, 70_000, 160],
    ] as const) {
      const pixels = Uint8Array.from({ length: 3 * width * height }, (_, at) => Math.imul(at + 7, 2654435761) >>> 24);
      const picture = { width, height, pixels };
      const [plain, other] = [resample, vectors].map((way) => Buffer.from(resized(picture, side, side, "lanczos", way).pixels));
      expect(other?.equals(plain ?? Buffer.alloc(0)), `${width} x ${height} to ${side}`).toBe(true);
    }
  });

  it("are seen as it is where the crop has the size that is wanted, mirrored or not", () => {
    const [side, size] = [9, 4];
    const pixels = Uint8Array.from({ length: 3 * side * side }, (_, at) => Math.imul(at + 3, 2654435761) >>> 24);
    const box = { left: 3, top: 1, width: size, height: size };
    for (const mirrored of [false, true]) {
      const { data } = seen({ side, pixels, labels: [0] }, [0], [{ box, mirrored }], { size, statistics });
      const expected = Array.from({ length: 3 * size * size }, (_, at) => {
        const [y, x, channel] = [Math.floor(at / (3 * size)), Math.floor(at / 3) % size, at % 3];
        return pixels[3 * (side * (box.top + y) + box.left + (mirrored ? size - 1 - x : x)) + channel];
      });
      expect(Array.from(data, (value, index) => byteOf(value, index % 3))).toEqual(expected);
    }
  });

  it("are seen in evaluation from where torchvision's centre crop begins", () => {
    for (const one of goldens)
      if (one.kind === "centre")
        expect(centreBox({ width: one.side, height: one.side }, one.size, one.size)).toEqual({
          left: one.left,
          top: one.top,
          width: one.size,
          height: one.size,
        });
  });

  it("are seen in training by the boxes of RandomResizedCrop, when its draws are ours", () => {
    const cases = goldens.flatMap((one) => (one.kind === "box" ? [one] : []));
    expect(cases.length).toBeGreaterThan(20);
    for (const { width, height, area, ratio, draws, box } of cases) expect(cropBox(width, height, { area, ratio }, draws)).toEqual(box);
  });

  it("go through vectors where the build has them", async () => {
    expect(await vectorResample()).not.toBe(resample);
  });
});
