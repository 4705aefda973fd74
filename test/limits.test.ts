/** What pictures and settings may cost: bombs are refused by what they say of themselves, and threads share their memory. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode as encodePng } from "fast-png";
import { zlibSync } from "fflate";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { encodeJpeg } from "../src/datasets/index.js";
import { crc32, decodeImage, defaultMaxPixels, longestSide, mostScans, openImage } from "../src/pictures/index.js";
import { defaults, parseSettings } from "../src/runs/index.js";
import { lostInThread, madeReady, type Ready, type ReadyJob } from "../src/store/ready.js";
import { allowanceOf, shareOf } from "../src/workers/allowance.js";
import { performAll } from "../src/workers/index.js";
import { flatJpeg, flatSegments, jpegOf, pngOf, type Segment } from "./fixtures/flatJpeg.js";

const said = (bytes: Uint8Array, maxPixels?: number): string => {
  const picture = decodeImage(bytes, "x", maxPixels);
  return E.isLeft(picture) ? picture.left.what : "it was read";
};

/** The same JPEG, its header giving another size. */
const sized = (segments: readonly Segment[], width: number, height: number): Uint8Array =>
  jpegOf(
    segments.map((one) =>
      one.marker === 0xc0 || one.marker === 0xc2
        ? { ...one, content: [8, height >> 8, height & 255, width >> 8, width & 255, ...one.content.slice(5)] }
        : one,
    ),
  );

const headerOf = (width: number, height: number, depth = 8, type = 0): readonly number[] => [
  ...[width >>> 24, (width >> 16) & 255, (width >> 8) & 255, width & 255],
  ...[height >>> 24, (height >> 16) & 255, (height >> 8) & 255, height & 255],
  ...[depth, type, 0, 0, 0],
];

const png = (header: readonly number[], rows: Uint8Array, ...more: readonly (readonly [string, ArrayLike<number>])[]): Uint8Array =>
  pngOf([["IHDR", header], ...more, ["IDAT", zlibSync(rows)], ["IEND", []]], crc32);

describe("a picture's limits", () => {
  const grey = flatSegments({ values: [90] });

  it("let a phone's 48 megapixels through, and a longer picture only when asked", () => {
    expect(8064 * 6048).toBeLessThan(defaultMaxPixels);
    expect(said(sized(grey, 8064, 6048))).toMatch(/cannot hold/);
    expect(said(sized(grey, 9000, 6000))).toMatch(/54 megapixels\); the limit is 52 megapixels: .*allow more with \{maxPixels\}/);
    expect(said(sized(grey, 9000, 6000), 60e6)).toMatch(/cannot hold/);
    expect(said(flatJpeg({ values: [90] }), 100)).toMatch(/16 x 8 pixels/);
  });

  it("refuse pixels that the data cannot hold, in both formats and in progressive files", () => {
    expect(said(sized(grey, 6300, 6300))).toMatch(/its \d bytes of picture data cannot hold the 6300 x 6300 pixels/);
    expect(said(sized(flatSegments({ values: [90], progressive: true }), 6300, 6300))).toMatch(/cannot hold/);
    expect(said(png(headerOf(7000, 7000), new Uint8Array(7001)))).toMatch(/cannot hold the 7000 x 7000 pixels/);
  });

  it("refuse a side that no JPEG has", () => {
    expect(said(png(headerOf(longestSide + 1, 1), new Uint8Array(longestSide + 2)))).toMatch(/65536 x 1 pixels; a side may have 65535/);
    expect(said(png(headerOf(longestSide, 1), new Uint8Array(longestSide + 1)))).toBe("it was read");
  });

  it("refuse 16 bits of colour and transparency for as many pixels as 8 may have", () => {
    expect(said(png(headerOf(100, 100, 16, 6), new Uint8Array(100 * 801)), 10_000)).toMatch(/100 x 100 pixels of 4 x 16 bits .*8 bits/);
    expect(said(png(headerOf(100, 100, 8, 6), new Uint8Array(100 * 401)), 10_000)).toBe("it was read");
  });

  it("refuse a picture that is gone over again and again", () => {
    const segments = flatSegments({ values: [90], progressive: true, units: 4 });
    const last = segments.at(-1) as Segment;
    const again = (count: number): Uint8Array => jpegOf([...segments, ...Array.from({ length: count }, () => last)]);
    expect(said(again(4))).toBe("it was read");
    expect(said(again(30))).toMatch(/more often than pictures do/);
    expect(said(again(mostScans))).toMatch(/more often than pictures do/);
  });

  it("never inflate what is not the picture: its price is that of the file", () => {
    const bomb = zlibSync(new Uint8Array(1 << 26));
    const profiled = (name: string): Uint8Array => png(headerOf(1, 1), new Uint8Array(2), [name, [65, 0, 0, ...bomb]]);
    for (const name of ["iCCP", "zTXt", "iTXt"]) {
      const opened = openImage(profiled(name), "x");
      expect(E.isRight(opened) && opened.right.memory).toBeLessThan(1e6);
      expect(said(profiled(name))).toBe("it was read");
    }
    expect(said(png(headerOf(1, 1), new Uint8Array(1 << 26)))).toMatch(/larger than its header says/);
  });

  it("refuse a file too large for any picture before reading it", () => {
    const folder = mkdtempSync(join(tmpdir(), "mdr-limits-"));
    const path = join(folder, "large.jpg");
    writeFileSync(path, "");
    // Of holes, and more than Node reads at once: reading it would say something else.
    truncateSync(path, 2 ** 31 + 1);
    const job = { path, readying: { side: 8, filter: "lanczos", maxPixels: 1e6 }, known: undefined } as const;
    expect(madeReady(job)).toMatchObject({ kind: "bad", why: expect.stringMatching(/it has 2048 MiB; the limit is 3 MiB/) });
    rmSync(folder, { recursive: true });
  });

  it("count the memory that decoding takes, blocks and rows included", () => {
    const memory = (bytes: Uint8Array): number => {
      const opened = openImage(bytes, "x");
      return E.isRight(opened) ? opened.right.memory : 0;
    };
    const pixels = new Uint8Array(256 * 256 * 3);
    const blocks = 3 * 32 * 32;
    expect(memory(encodeJpeg({ width: 256, height: 256, pixels }, 50))).toBeGreaterThan(blocks * 256 + pixels.length * 3);
    expect(memory(encodePng({ width: 256, height: 256, channels: 3, data: pixels }))).toBeGreaterThan(3 * pixels.length);
  });
});

describe("memory that threads share", () => {
  it("is given out up to its sum, and comes back, also from a thread that died", () => {
    const allowance = allowanceOf(12 * 1024, 3);
    const { state } = allowance.shareOf(0);
    const free = (): number => state[1] as number;
    const first = shareOf(allowance.shareOf(0)).take(4 * 1024);
    const second = shareOf(allowance.shareOf(1)).take(6 * 1024);
    expect(free()).toBe(2);
    first();
    expect(free()).toBe(6);
    allowance.reclaim(1);
    expect(free()).toBe(12);
    second();
    expect(free()).toBe(12);
    const third = shareOf(allowance.shareOf(2));
    third.take(3 * 1024)();
    expect(third.outgrown()).toBe(false);
    // More than there is counts as all of it: it waits for nobody but goes alone.
    const all = third.take(1e9);
    expect(free()).toBe(0);
    all();
    expect(free()).toBe(0);
    allowance.reclaim(2);
    expect(free()).toBe(12);
    expect(third.outgrown()).toBe(true);
  });

  it("is asked for what a picture takes, and given back whatever comes of it", () => {
    const folder = mkdtempSync(join(tmpdir(), "mdr-limits-"));
    const jpeg = encodeJpeg({ width: 64, height: 64, pixels: new Uint8Array(3 * 64 * 64) }, 90);
    const opened = openImage(jpeg, "x");
    for (const [name, bytes, kind] of [
      ["whole.jpg", jpeg, "decoded"],
      ["cut.jpg", jpeg.slice(0, -40), "bad"],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const asked: number[] = [];
      let back = 0;
      const made = madeReady({ path, readying: { side: 8, filter: "lanczos", maxPixels: 1e6 }, known: undefined }, (memory) => {
        asked.push(memory);
        return () => {
          back += 1;
        };
      });
      expect(made.kind).toBe(kind);
      expect(back).toBe(asked.length);
      const first = E.isRight(opened) ? opened.right.memory : 0;
      if (kind === "decoded") expect(asked).toEqual([first]);
      // A cut file is shown to a second decoder, which takes more.
      else expect(asked).toEqual([expect.any(Number), expect.any(Number)]);
    }
    rmSync(folder, { recursive: true });
  });
});

describe("threads that share less memory than one picture takes", () => {
  it("take turns, and make all of them ready", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mdr-limits-"));
    const jobs = Array.from({ length: 25 }, (_, index): ReadyJob => {
      const path = join(folder, `${index}.jpg`);
      const jpeg = encodeJpeg({ width: 32, height: 32, pixels: new Uint8Array(3072).fill(5 * index) }, 90);
      // Some give back what they took for nothing.
      writeFileSync(path, index % 5 === 4 ? jpeg.slice(0, -20) : jpeg);
      return { path, readying: { side: 8, filter: "lanczos", maxPixels: 1e6 }, known: undefined };
    });
    const work = { worker: "store/readyWorker", jobs, perform: (job: ReadyJob) => madeReady(job), lost: lostInThread };
    const alone = await performAll<ReadyJob, Ready>({ ...work, workers: 0 });
    expect(alone.filter(({ kind }) => kind === "decoded")).toHaveLength(20);
    expect(await performAll<ReadyJob, Ready>({ ...work, workers: 3, allowance: 1 })).toEqual(alone);
    rmSync(folder, { recursive: true });
  });
});

describe("settings", () => {
  it("have upper bounds, which are stated", () => {
    for (const [name, value, bound] of [
      ["depth", 1e6, 64],
      ["width", 5000, 1024],
      ["embedding", 1e9, 16_384],
      ["imageSize", 1e5, 2048],
      ["batch", 1e8, 65_536],
      ["perClass", 1e8, 65_536],
      ["microBatch", 1e8, 65_536],
      ["maxPixels", 1e12, 1e9],
    ] as const) {
      const parsed = parseSettings("here", { ...defaults, [name]: value });
      expect(E.isLeft(parsed) && parsed.left.message, name).toMatch(new RegExp(`"${name}" = ${value}: it must be at most ${bound} `));
      expect(E.isRight(parseSettings("here", { ...defaults, batch: 65_536, perClass: 4, [name]: bound }))).toBe(true);
    }
  });
});
