/** Pictures by the browser's own decoder, against Pillow's bytes (golden/jpegs.py) and this package's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encode as encodePng } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage, type Picture } from "../../src/pictures/index.js";
import { jpegOf, segmentsOf, tiff } from "../fixtures/flatJpeg.js";
import { inChromium, type Session, startSession, type Visit } from "./chromium.js";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly pixels: string;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "golden", "jpegs.json"), "utf8")) as {
  readonly cases: readonly Case[];
};
const bytesOf = (text: string): readonly number[] => [...Buffer.from(text, "base64")];

describe("the browser's decoder", inChromium, () => {
  let session: Session;
  let visit: Visit;
  beforeAll(async () => {
    session = await startSession();
    visit = await session.visit();
  });
  afterAll(async () => session.close());

  const decoded = (
    bytes: Iterable<number>,
    maxPixels?: number,
  ): Promise<{ readonly width: number; readonly pixels: readonly number[] } | string> =>
    visit.call("pictures", "decoded", [...bytes], maxPixels);

  const seen = async (bytes: Iterable<number>): Promise<Pick<Picture, "width"> & { readonly pixels: readonly number[] }> => {
    const picture = await decoded(bytes);
    return typeof picture === "string" ? expect.unreachable(picture) : picture;
  };

  test("sees the colours that Pillow sees", async () => {
    for (const { name, file, pixels } of cases.filter((one) => /^grey|^ycc 4:4:4|^Pillow's (?:grey|ycc)/.test(one.name)).slice(0, 12)) {
      const expected = bytesOf(pixels);
      const found = (await seen(bytesOf(file))).pixels;
      expect(found).toHaveLength(expected.length);
      // A browser may convert colours with other roundings.
      expect(Math.max(...found.map((value, at) => Math.abs(value - (expected[at] as number)))), name).toBeLessThanOrEqual(3);
    }
  });

  test("turns a picture upright, and lays transparency over white", async () => {
    const file = bytesOf(cases.find(({ name }) => /^Pillow's ycc/.test(name))?.file ?? "");
    const turned = jpegOf([
      { marker: 0xe1, content: [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff(6, true, 3)] },
      ...segmentsOf(Uint8Array.from(file)),
    ]);
    const own = decodeImage(turned, "x");
    expect((await seen(turned)).width).toBe(E.isRight(own) && own.right.width);
    const png = encodePng({ width: 2, height: 1, channels: 4, data: Uint8Array.of(9, 8, 7, 0, 10, 20, 30, 255) });
    expect((await seen(png)).pixels).toEqual([255, 255, 255, 10, 20, 30]);
  });

  test("is not asked about a picture beyond the limit, and its refusals are said in words", async () => {
    const file = bytesOf(cases[8]?.file ?? "");
    expect(await decoded(file, 10)).toMatch(/a\.jpg: cannot be used: it is .* the limit is/);
    expect(await decoded([1, 2, 3])).toMatch(/a\.jpg: cannot be used: this browser does not decode it/);
  });
});
