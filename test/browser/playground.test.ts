/** The playground in Chromium, as a visitor meets it: it trains on every backend, survives what happens to pages, and everyone can use it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeJpeg } from "../../src/datasets/index.js";
import { buildPage } from "../../tools/web/bundle.js";
import { folderSite } from "../../tools/web/site.js";
import { visitBytes, visitLimit } from "../../tools/web/weights.js";
import { mdrIn } from "../fixtures/commands.js";
import { seriousFaults } from "./axe.js";
import { inChromium, type Session, serving, skipMissing, startSession, type Visit } from "./chromium.js";
import { button, engineLine, goesBeyond, isAt, long, recallOf, stepOf, tiny } from "./inPlayground.js";

const root = join(import.meta.dirname, "..", "..");

const backends: Readonly<Record<string, string>> = {
  reference: "engine=reference",
  wasm: "engine=wasm",
  webgpu: "engine=gpu&gpuMode=webgpu",
  webasm: "engine=gpu&gpuMode=webasm",
  cpu: "engine=gpu&gpuMode=cpu",
};

describe("the playground", inChromium, () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-playground-"));
  const hosts = serving();
  let session: Session;
  let address: string;
  let visit: Visit;
  let weights: Awaited<ReturnType<typeof buildPage>>;

  const opened = async (query: string): Promise<Page> => {
    await visit.page.goto(`${address}?${query}`);
    await isAt(visit.page, "Paused");
    return visit.page;
  };

  beforeAll(async () => {
    weights = await buildPage(root, folder);
    const [host, begun] = await Promise.all([hosts.at(folderSite({ folder, isolated: true })), startSession()]);
    [address, session] = [`${host}/`, begun];
    visit = await session.blank({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
    visit.page.setDefaultTimeout(15_000);
  });
  afterAll(async () => {
    await session.close();
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("loads less than 400 kB, engines and all, and asks nobody else", async () => {
    expect(visitBytes(weights)).toBeLessThan(visitLimit);
    const asked: string[] = [];
    visit.page.on("request", (request) => asked.push(request.url()));
    await opened(tiny);
    expect(asked.filter((url) => !url.startsWith(address) && !url.startsWith("blob:"))).toEqual([]);
  });

  test.for(Object.keys(backends))("trains to a better Recall@1 than it began with: %s", async (backend, context) => {
    const page = await opened(`${tiny}&${backends[backend]}`);
    const ran = (await engineLine(page).textContent()) ?? "";
    const complaint = await page.locator("#faults p").allTextContents();
    if (complaint.length > 0) return skipMissing(context, backend, complaint.join(" "));
    expect(ran).toContain({ reference: "float64 loops", wasm: "wasm (wasm " }[backend] ?? backend);
    const before = await recallOf(page);
    await button(page, "Train").click();
    await isAt(page, "Trained to the end");
    const after = await recallOf(page);
    process.stdout.write(`the playground on ${backend}: Recall@1 of unseen classes ${before} %, then ${after} %\n`);
    expect(after).toBeGreaterThan(before);
  });

  test("pauses, steps, and goes back to what it was", async () => {
    const page = await opened(`${long}&engine=wasm`);
    await button(page, "One step").click();
    await expect.poll(() => stepOf(page)).toBe(1);
    const loss = page.locator(".standings tbody td").last();
    const first = await loss.textContent();
    await button(page, "Train").click();
    await goesBeyond(page, 5);
    await button(page, "Pause").click();
    await isAt(page, "Paused");
    const stopped = await stepOf(page);
    await page.waitForTimeout(200);
    expect(await stepOf(page)).toBe(stopped);
    await page.locator("#transport input[type=range]").press("Home");
    await expect.poll(() => stepOf(page)).toBe(0);
    await isAt(page, "Paused");
    await button(page, "One step").click();
    await expect.poll(() => stepOf(page)).toBe(1);
    expect(await loss.textContent()).toBe(first);
  });

  test("draws in a thread what the page would draw, and what is out of sight once nothing changes", async () => {
    const drawn = async (script: string): Promise<readonly (readonly number[])[]> => {
      const page = await visit.page.context().newPage();
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ reducedMotion: "reduce" });
      await page.addInitScript(script);
      await page.goto(`${address}?${tiny}&engine=wasm`);
      await isAt(page, "Paused");
      // As text: a million numbers one by one take the test half a minute.
      const pixels = async () =>
        JSON.parse(
          await page.evaluate<string>(`JSON.stringify([...document.querySelectorAll(".sheet canvas")].map((canvas) => {
            const { width, height } = canvas.getBoundingClientRect();
            const context = new OffscreenCanvas(width, height).getContext("2d");
            context.drawImage(canvas, 0, 0);
            return [...new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)];
          }))`),
        ) as readonly (readonly number[])[];
      const isDrawn = (one: readonly number[]) => new Set(one).size > 20;
      await expect
        .poll(async () => (await pixels()).map(isDrawn), { interval: 1000, timeout: 20_000 })
        .toEqual([true, true, true, true, true]);
      const found = await pixels();
      await page.close();
      return found;
    };
    const [byThread, byPage] = [await drawn(""), await drawn("delete HTMLCanvasElement.prototype.transferControlToOffscreen")];
    byThread.forEach((one, place) => {
      const other = one.filter((pixel, at) => pixel !== byPage[place]?.[at]).length;
      // The rims of scaled pictures are smoothed a little otherwise from one kind of canvas than from the other.
      expect(other / one.length, `drawing ${place}`).toBeLessThan(0.01);
    });
  });

  test("goes on while its tab is hidden, and whatever its window's size", async () => {
    const page = await opened(`${long}&engine=wasm`);
    await button(page, "Train").click();
    const hide = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, "hidden", { configurable: true, get: () => ${hidden} });
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => ${hidden ? '"hidden"' : '"visible"'} });
        document.dispatchEvent(new Event("visibilitychange"));`);
    await hide(true);
    await goesBeyond(page, await stepOf(page));
    await hide(false);
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await goesBeyond(page, await stepOf(page));
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      const canvas = await page.locator("#distances canvas").first().boundingBox();
      expect(canvas?.width).toBeGreaterThan(width / 2 - 100);
      expect(canvas?.width).toBeLessThanOrEqual(width);
    }
    await button(page, "Pause").click();
  });

  test("names a file that is no picture, and an address that cannot be", async () => {
    const page = await opened("lambda=-3");
    await page.locator("#faults p", { hasText: /lambda|λ/ }).waitFor();
    await page
      .locator("#search input[type=file]")
      .setInputFiles({ name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture at all") });
    await page.locator("#faults p", { hasText: "broken.jpg" }).waitFor();
  });

  test("goes back and forward through what was chosen", async () => {
    const page = await opened(`${tiny}&engine=wasm`);
    const before = page.url();
    await page.getByText("Race all three").click();
    await expect.poll(() => page.url()).toContain("race=on");
    await expect.poll(() => page.locator(".standings tbody tr").count()).toBe(3);
    await page.goBack();
    expect(page.url()).toBe(before);
    await expect.poll(() => page.locator(".standings tbody tr").count()).toBe(1);
    await page.goForward();
    await expect.poll(() => page.locator(".standings tbody tr").count()).toBe(3);
    await isAt(page, "Paused");
  });

  test("goes on by wasm when a WebGPU device is lost", async (context) => {
    const page = await opened(`${long}&${backends.webgpu}`);
    const ran = (await engineLine(page).textContent()) ?? "";
    if (!ran.includes("webgpu")) return skipMissing(context, "webgpu", ran);
    await button(page, "Train").click();
    await goesBeyond(page, 1);
    const trainer = page.workers().find((worker) => worker.url().endsWith("/worker.js"));
    await trainer?.evaluate(`{
      const made = GPUDevice.prototype.createCommandEncoder;
      GPUDevice.prototype.createCommandEncoder = function (...given) {
        GPUDevice.prototype.createCommandEncoder = made;
        this.destroy();
        return made.apply(this, given);
      };
    }`);
    await engineLine(page).filter({ hasText: "wasm (wasm " }).waitFor();
    await goesBeyond(page, await stepOf(page));
    await button(page, "Pause").click();
  });

  test("explains a word by pointing, by focus and by a tap, and Escape closes", async () => {
    const page = await opened(`${tiny}&engine=wasm`);
    const word = page.locator("header .term-word").first();
    const shown = page.locator(".explained:popover-open");
    await word.hover();
    expect(await shown.locator(".explained-name").textContent()).toContain("Multi-level Distance Regularization");
    const [source] = await Promise.all([
      page.context().newPage(),
      expect.poll(() => shown.locator("a").getAttribute("href")).toMatch(/^source\/metric\/regularizers\/mdr\.html#/),
    ]);
    await source.goto(new URL((await shown.locator("a").getAttribute("href")) ?? "", address).href);
    expect(await source.locator(":target").textContent()).toContain("loss: add(scale(loss, lambda), decay)");
    await source.close();
    await page.mouse.move(1, 1);
    await expect.poll(() => shown.count()).toBe(0);
    await page.keyboard.press("Tab");
    await word.focus();
    await expect.poll(() => shown.count()).toBe(1);
    await page.keyboard.press("Escape");
    await expect.poll(() => shown.count()).toBe(0);
    await word.click();
    await expect.poll(() => shown.count()).toBe(1);
    await page.keyboard.press("Escape");
  });

  test("leads through its tour by keys, from the step that the address says, at a phone's width", async () => {
    const { page } = visit;
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`${address}?${long}&engine=wasm&tour=3`);
    await isAt(page, "Training");
    const title = page.locator("#tour-title");
    expect(await title.textContent()).toBe("All distances at once");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => title.textContent()).toBe("Learning by heart");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.locator(".standings tbody tr").count()).toBe(3);
    await expect.poll(() => page.url()).toContain("tour=5");
    await expect.poll(() => page.locator(".tour-part h3").textContent()).toBe("Triplet + MDR");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await isAt(page, "Training");
    await page.keyboard.press("Escape");
    expect(await title.count()).toBe(0);
    expect(await page.evaluate("document.activeElement.id")).toBe("tour-button");
    await button(page, "Pause").click();
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test("has no fault that axe calls serious, light and dark, wide and narrow", async () => {
    const page = await opened(`${tiny}&engine=wasm&race=on&tour=1`);
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [1280, 360]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        expect(await seriousFaults(page), `${colorScheme}, ${width} pixels`).toEqual([]);
      }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test("hands out weights that the command line reads", async () => {
    const page = await opened(`${tiny}&engine=wasm`);
    const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download the weights").click()]);
    const place = mkdtempSync(join(tmpdir(), "mdr-weights-"));
    const name = download.suggestedFilename();
    await download.saveAs(join(place, name));
    mkdirSync(join(place, "photos"));
    const pixels = Uint8Array.from({ length: 3 * 16 * 16 }, (_, at) => (37 * at) % 251);
    writeFileSync(join(place, "photos", "one.jpg"), encodeJpeg({ width: 16, height: 16, pixels }, 90));
    const ended = await mdrIn(place)("embed", name, "photos", "--engine", "wasm", "--to", "out.jsonl");
    expect(ended.code, ended.said).toBe(0);
    const [row = ""] = readFileSync(join(place, "out.jsonl"), "utf8").split("\n");
    expect((JSON.parse(row) as { readonly embedding: readonly number[] }).embedding).toHaveLength(8);
    rmSync(place, { recursive: true, force: true });
  });

  test("reports no error to its console in all of this", () => expect(visit.errors).toEqual([]));

  test("on a plain host trains on one thread, says so, and is there again without a network", async () => {
    const host = serving();
    const plain = `${await host.at(folderSite({ folder, isolated: false }))}/`;
    const { page, errors } = await session.blank();
    await page.goto(`${plain}?${tiny}&engine=wasm`);
    await isAt(page, "Paused");
    expect(await engineLine(page).textContent()).toMatch(/1 thread .*not cross-origin isolated/);
    await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
    await host.close();
    await page.goto(`${plain}?${tiny}&engine=wasm&lambda=0.3`);
    await isAt(page, "Paused");
    await button(page, "Train").click();
    await isAt(page, "Trained to the end");
    const [first] = weights.filter(({ file }) => file.startsWith("source/"));
    await page.goto(`${plain}${first?.file}`);
    expect(await page.locator("li").count()).toBeGreaterThan(10);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
