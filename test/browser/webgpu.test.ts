/**
 * The WebGPU engine's kernels in headless Chromium, on SwiftShader where there is no graphics card: against the reference, on awkward shapes and
 * numbers; that results stay on the device; and that what cannot be is an error as a value. The page gets the sources, put together here.
 */
import { join } from "node:path";
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noChromium } from "../../bench/chromium.js";
import { tileFor, type WebGpuOptions, webGpuEngine } from "../../src/engines/webgpu/index.js";
import { byEsbuild } from "../bundles.js";
import { unless } from "../missing.js";
import { launchChromium } from "./launch.js";
import type * as InPage from "./webgpu/page.js";
import type { Case, Numbers } from "./webgpu/page.js";

/** Error over the largest number: some roundings of float32. */
const bound = 1e-5;

const length = (most: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(...[1, 2, 3, 7, 8, 13, 16, 17, 31, 64, 65, 67].filter((one) => one <= most)), fc.integer({ min: 1, max: most }));
const numbers: fc.Arbitrary<Numbers> = fc.constantFrom("spread", "ties", "zeros", "huge", "tiny");
const seed = fc.integer({ min: 0, max: 1_000_000 });

const products: fc.Arbitrary<Case> = fc.record({
  kind: fc.constant("product"),
  sizes: fc.tuple(length(140), length(70), length(140)),
  a: fc.boolean(),
  b: fc.boolean(),
  numbers,
  seed,
});

const margin = fc.nat(2);
const convolutions: fc.Arbitrary<Case> = fc
  .record({
    count: length(3),
    side: fc.tuple(length(13), length(13)),
    channels: length(17),
    window: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    filters: length(17),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    padding: fc.record({ top: margin, bottom: margin, left: margin, right: margin }),
    numbers,
    seed,
  })
  .map(({ count, side: [height, width], channels, window: [down, across], filters, stride, padding, ...rest }) => ({
    kind: "convolution" as const,
    image: [count, height, width, channels] as const,
    weights: [
      Math.min(down, height + padding.top + padding.bottom),
      Math.min(across, width + padding.left + padding.right),
      channels,
      filters,
    ] as const,
    geometry: { stride, padding },
    ...rest,
  }));

/** The usual tile; and one of odd sizes, so small that there are many, on a device that takes only three rows of them along an axis. */
const ways: readonly (readonly [string, WebGpuOptions])[] = [
  ["the tile for this device", {}],
  ["many small tiles, folded", { tile: { across: 3, down: 2, depth: 5 }, mostGroups: 3 }],
];

describe("tiled products on WebGPU", unless(noChromium), () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const folder = join(import.meta.dirname, "webgpu");
    const program = await byEsbuild(folder, `export * from "./page.ts";`, { format: "iife", globalName: "inPage", minify: false });
    browser = await launchChromium();
    page = await browser.newPage();
    // A secure page, without which there is no WebGPU.
    await page.route("http://localhost/", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
    await page.goto("http://localhost/");
    await page.addScriptTag({ content: program.code });
  });
  afterAll(async () => browser.close());

  const call = <K extends keyof typeof InPage>(
    name: K,
    ...given: Parameters<(typeof InPage)[K]>
  ): Promise<Awaited<ReturnType<(typeof InPage)[K]>>> => page.evaluate(`inPage.${name}(...${JSON.stringify(given)})`);

  test("there is a device, and it says what it is", async () => {
    const found = await call("here");
    expect(found).toMatchObject({ device: expect.stringMatching(/\w/) });
    process.stdout.write(`WebGPU in Chromium: ${JSON.stringify(found)}\n`);
  });

  describe.each(ways)("%s", (_, options) => {
    const matches = (cases: fc.Arbitrary<Case>, numRuns: number): Promise<void> =>
      fc.assert(
        fc.asyncProperty(cases, async (given) => {
          expect(await call("errorOn", options, given)).toBeLessThanOrEqual(bound);
        }),
        { numRuns },
      );
    test("products are the reference's", () => matches(products, 30));
    test("convolutions are the reference's", () => matches(convolutions, 15));
  });

  test("the tile for graphics cards", async () => {
    const given: Case = { kind: "product", sizes: [131, 67, 129], a: false, b: false, numbers: "spread", seed: 3 };
    expect(await call("errorOn", { tile: tileFor(false) }, given)).toBeLessThanOrEqual(bound);
  });

  test("sums of no terms, and results of no entries", async () => {
    const of = (sizes: readonly [number, number, number]): Case => ({
      kind: "product",
      sizes,
      a: false,
      b: false,
      numbers: "spread",
      seed: 1,
    });
    for (const sizes of [[3, 0, 2] as const, [0, 3, 2] as const, [3, 2, 0] as const]) expect(await call("errorOn", {}, of(sizes))).toBe(0);
  });

  test.each(["NaN", "Infinity"] as const)("%s reaches the row that it belongs to, and no other", async (value) => {
    expect(await call("errorWith", value, [70, 35, 66])).toBeLessThanOrEqual(bound);
  });

  test("results stay on the device from one product to the next, and from one program to the next", async () => {
    const { traffic, same, error } = await call("chain");
    expect(traffic).toEqual({ written: 0, mapped: 0 });
    expect(same).toBe(true);
    expect(error).toBeLessThanOrEqual(bound);
  });

  test("a result that is an input, or given twice, is released by itself", async () => {
    expect(await call("shared")).toEqual([
      [1, 2, 3, 4],
      [7, 10, 15, 22],
    ]);
  });

  test("what cannot be is said as a value", async () => {
    const said = await call("complaints");
    expect(said).toEqual({
      "inner lengths": expect.stringContaining("matmul: [2 x 3] times [2 x 3]: inner lengths 3 and 2 must agree"),
      "no matrix": expect.stringContaining("matmul: needs a matrix, got shape [4]"),
      channels: expect.stringContaining("does not fit weights [KH, KW, Cin, Cout] [3 x 3 x 1 x 1]"),
      "larger than the input": expect.stringContaining("larger than the padded input [1 x 2 x 2 x 1]"),
      "no image": expect.stringContaining("convolve: needs an input [N, H, W, Cin], got [4 x 4]"),
      "too large": expect.stringMatching(/\[1000000 x 1000000\] takes .* bytes.*use a batch of at most \d+/),
      "a result too large": expect.stringMatching(/\[1000000 x 1000000\] takes .* bytes/),
      "another shape": "program input 1: it must be [2 x 2], got [3 x 2]",
      "an input too few": "program input 1: it must be [2 x 2], got nothing",
      released: "program input 1: this tensor was released",
      "read after release": "this tensor was released",
      "too large to go up": expect.stringMatching(/\[1000000 x 1000000\] takes .* bytes/),
      "of another engine": expect.stringContaining("program input 1: it belongs to another engine"),
      closed: "this program was closed",
      "a closed engine": "the engine was closed",
    });
  });

  test("a lost device is an error with advice, whatever is asked of it", async () => {
    const said = await call("loss");
    expect(Object.keys(said)).toEqual(["reading", "reading later", "running", "compiling", "uploading"]);
    const { reading, ...later } = said;
    expect(reading).not.toBe("nothing");
    for (const words of Object.values(later)) expect(words).toMatch(/the device was lost.*resume from the last checkpoint/);
  });
});

test("where there is no WebGPU, no adapter or no device, the engine says so", async () => {
  const complaint = async (options: WebGpuOptions): Promise<string> => {
    const opened = await webGpuEngine(options)();
    return E.isLeft(opened) ? opened.left.message : "it opened";
  };
  expect(await complaint({})).toMatch(/WebGPU does not work here: there is no navigator.gpu: use a browser.*engine wasm/);
  expect(await complaint({ host: { requestAdapter: async () => null } })).toContain("no graphics adapter was found");
  const refusing = async (): Promise<never> => {
    throw new Error("it is forbidden");
  };
  expect(await complaint({ host: { requestAdapter: refusing } })).toContain("it is forbidden");
});
