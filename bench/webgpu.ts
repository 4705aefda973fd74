/**
 * `npm run bench -- webgpu`: the tiled kernel of docs/webgpu.md beside GPU.js's WebGPU product and the wasm engine's, in turn, in one page of
 * Chromium, on whatever adapter the browser has: a graphics card where there is one, SwiftShader where there is none. Times are differences of chains of
 * several products and of one, so that transfers cancel; every result is held against the wasm engine's.
 */
import type { Server } from "node:http";
import { type Browser, chromium, type Page } from "playwright-core";
import { executablePath, noChromium } from "./chromium.js";
import type { Found, Work } from "./webgpuPage.js";

/** What of docs/browser/serve.js is used. */
interface Pages {
  readonly site: () => Server;
  readonly importMap: () => Promise<{ readonly imports: Readonly<Record<string, string>> }>;
}

const flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-webgpu", "--enable-features=Vulkan"];
const inSoftware = ["--enable-unsafe-swiftshader", "--use-webgpu-adapter=swiftshader"];

type Adapter = { readonly device: string; readonly software: boolean };

interface Open {
  readonly browser: Browser;
  readonly page: Page;
  readonly adapter: Adapter;
}

const blank = "/test/browser/pages/blank.html";
const own = (call: string): string => `import("/dist/bench/webgpuPage.js").then((module) => module.${call})`;

/** A page with this repository's modules by their names. */
const pageAt = async (browser: Browser, address: string, { importMap }: Pages): Promise<Page> => {
  const page = await browser.newPage();
  await page.goto(`${address}${blank}`);
  const { imports } = await importMap();
  await page.addScriptTag({ type: "importmap", content: JSON.stringify({ imports: { ...imports, "#mdr/": "/dist/" } }) });
  return page;
};

/** Chromium on its best adapter; only where it has none, on a program that stands in for one. */
const opened = async (address: string, pages: Pages): Promise<Open> => {
  for (const args of [flags, [...flags, ...inSoftware]]) {
    const browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args });
    const page = await pageAt(browser, address, pages);
    const adapter = await page.evaluate<Adapter | { readonly missing: string }>(own("adapter()"));
    if ("device" in adapter) return { browser, page, adapter };
    process.stderr.write(`${adapter.missing}\n`);
    await browser.close();
  }
  throw new Error("this Chromium has no WebGPU adapter, not even in software");
};

const nameOf = (work: Work): string =>
  work.kind === "product"
    ? `product ${work.side} x ${work.side}`
    : `convolution 3x3, ${work.batch} x ${work.side} x ${work.side} x ${work.channels}`;

const flopsOf = (work: Work): number =>
  work.kind === "product" ? 2 * work.side ** 3 : 2 * 9 * work.batch * work.side ** 2 * work.channels ** 2;

/** Enough for a graphics card to be busy; less where a CPU does it. */
const worksOf = (software: boolean): readonly Work[] =>
  software
    ? [
        { kind: "product", side: 128 },
        { kind: "product", side: 256 },
        { kind: "convolution", batch: 2, side: 32, channels: 32 },
      ]
    : [
        { kind: "product", side: 512 },
        { kind: "product", side: 1024 },
        { kind: "product", side: 2048 },
        { kind: "convolution", batch: 64, side: 32, channels: 64 },
      ];

/** Other tiles, for the first piece of work: which one suits a device. */
const tiles = [
  { across: 16, down: 16, depth: 16 },
  { across: 16, down: 8, depth: 16 },
  { across: 8, down: 8, depth: 16 },
];

interface Row extends Found {
  readonly name: string;
  readonly gflops: number | null;
}

const line = ({ name, engine, milliseconds, with_read_ms, gflops, error, reason }: Row): string =>
  [
    name.padEnd(36),
    engine.padEnd(24),
    milliseconds === null ? (reason ?? "") : `${milliseconds.toFixed(2)} ms`.padEnd(13),
    gflops === null ? "" : `${gflops.toFixed(2)} GFLOP/s`.padEnd(16),
    with_read_ms === null ? "" : `${with_read_ms.toFixed(2)} ms with reading`.padEnd(24),
    error === null ? "" : `error ${error.toExponential(0)}`,
  ].join(" ");

/** Prints rows and ratios, as a table or as JSON. */
export const benchWebGpu = async ({ asJson, quick }: { readonly asJson: boolean; readonly quick: boolean }): Promise<void> => {
  if (executablePath === undefined) {
    process.stderr.write(`${noChromium}\n`);
    process.exitCode = 1;
    return;
  }
  const pages: Pages = await import(new URL("../../docs/browser/serve.js", import.meta.url).href);
  const server = pages.site();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = server.address();
  const { browser, page, adapter } = await opened(`http://127.0.0.1:${typeof place === "object" ? place?.port : 0}`, pages);
  const { device, software } = adapter;
  process.stderr.write(`adapter: ${device}${software ? ", which is not a graphics card" : ""}\n`);
  const rows: Row[] = [];
  const ratios: Record<string, number | null> = {};
  for (const [place, work] of worksOf(software).entries()) {
    const given = [work, software ? 2 : 32, quick ? 3 : 5, place === 0 ? tiles : []].map((one) => JSON.stringify(one));
    const found = await page.evaluate<readonly Found[]>(own(`measured(${given.join(", ")})`));
    const timeOf = (engine: string): number | null => found.find((one) => one.engine === engine)?.milliseconds ?? null;
    const name = nameOf(work);
    for (const one of found) {
      rows.push({ name, ...one, gflops: one.milliseconds === null ? null : flopsOf(work) / one.milliseconds / 1e6 });
    }
    const over = (theirs: string, ours: string): number | null => {
      const [slow, fast] = [timeOf(theirs), timeOf(ours)];
      return slow === null || fast === null ? null : slow / fast;
    };
    ratios[`${name}: gpu.js over plain`] = over("gpu.js webgpu, plain", "gpu.js webgpu");
    ratios[`${name}: gpu.js vectors over gpu.js`] = over("gpu.js webgpu", "gpu.js webgpu, vectors");
    ratios[`${name}: tiled over gpu.js`] = over("gpu.js webgpu", "webgpu tiled");
    ratios[`${name}: tiled over wasm`] = over("wasm", "webgpu tiled");
  }
  await browser.close();
  server.closeAllConnections();
  server.close();
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ adapter, rows, ratios }, null, 2)}\n`);
    return;
  }
  const shown = Object.entries(ratios).map(([name, value]) => `${name.padEnd(62)} ${value === null ? "null" : value.toFixed(2)}`);
  process.stdout.write(`${[`adapter: ${device}`, ...rows.map(line), ...shown].join("\n")}\n`);
};
