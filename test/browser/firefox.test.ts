/** What the other tests here see in Chromium, in short in Firefox: the engine's bits, the playground and a report. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { site } from "../../docs/browser/serve.js";
import { pageOf, reportOf, thumbsOf } from "../../src/report/index.js";
import { buildPage } from "../../tools/web/bundle.js";
import { folderSite } from "../../tools/web/site.js";
import { madeStory } from "../fixtures/stories.js";
import { serving } from "./chromium.js";
import { type Firefox, type FirefoxPage, inFirefox, startFirefox } from "./firefox.js";
import { onWasm, type Trained } from "./pages/training.js";

const root = join(import.meta.dirname, "..", "..");
/** Firefox tells of it when GPU.js's engine finds out whether the page's policy lets it compile; it does not, and nothing is amiss. */
const asksForEval = /Content-Security-Policy.*blocked a JavaScript eval/;
const within = { timeout: 60_000 };

describe("in Firefox", inFirefox, () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-in-firefox-"));
  const hosts = serving();
  let firefox: Firefox;
  const viewport = { width: 1100, height: 900 };
  let page: FirefoxPage;
  beforeAll(async () => {
    firefox = await startFirefox();
    page = await firefox.blank(viewport);
  });
  afterAll(async () => {
    await firefox.close();
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // On a busy machine Firefox has been seen to leave a page without an answer for minutes; another page then has it in seconds.
  test("the wasm engine trains on two threads, bit for bit as Node does", { timeout: 45_000, retry: 2 }, async () => {
    const size = { width: 8, stages: 2, side: 16, steps: 6 };
    page = await firefox.blank(viewport);
    await page.goto(`${await hosts.at(site({}))}/test/browser/pages/blank.html`);
    const how = { threads: 2, arithmetic: "plain" } as const;
    const given = JSON.stringify([how, size]);
    const got = await page.evaluate<Trained>(
      `import("/test/browser/pages/inWorker.js").then(({ inWorker }) => inWorker("onWasm", ...${given}))`,
    );
    const inNode = await onWasm(how, size);
    expect(got.device).toBe("2 threads");
    expect(got.losses).toEqual(inNode.losses);
    expect(got.state).toEqual(inNode.state);
    expect(page.errors).toEqual([]);
  });

  test("the playground trains to a better recall than it began with, and goes back to it", async () => {
    await buildPage(root, folder);
    const address = await hosts.at(folderSite({ folder, isolated: true }));
    const text = (where: string) => page.evaluate<string | null>(`document.querySelector(${JSON.stringify(where)})?.textContent`);
    const status = () => text("#transport [role=status]");
    const recall = async () => Number.parseFloat((await text(".standings tbody td")) ?? "");
    const train = () =>
      page.evaluate(`[...document.querySelectorAll("#transport button")].find((one) => /Train$/.test(one.textContent)).click()`);
    const tiny = "species=8&perSpecies=6&imageSize=16&width=4&depth=1&batch=16&perClass=4&embedding=8&epochs=1&iterations=12";
    await page.goto(`${address}/?${tiny}&learningRate=0.01&seed=2&engine=wasm`);
    await expect.poll(status, within).toContain("Paused");
    const before = await recall();
    await train();
    await expect.poll(status, within).toContain("Trained to the end");
    expect(await recall()).toBeGreaterThan(before);
    // Drawn in a thread, several times over.
    const colours = () =>
      page.evaluate<number>(`(() => {
        const context = new OffscreenCanvas(1000, 300).getContext("2d");
        context.drawImage(document.querySelector(".distances-sheet canvas"), 0, 0);
        return new Set(new Uint32Array(context.getImageData(0, 0, 1000, 300).data.buffer)).size;
      })()`);
    await expect.poll(colours, within).toBeGreaterThan(20);
    await page.evaluate(`(() => {
      const slider = document.querySelector("#transport input[type=range]");
      slider.value = "0";
      for (const type of ["input", "change"]) slider.dispatchEvent(new Event(type, { bubbles: true }));
    })()`);
    await expect.poll(recall, within).toBe(before);
    expect(page.errors.filter((error) => !asksForEval.test(error))).toEqual([]);
  });

  test("a report opens from the disk, and draws", async () => {
    const before = page.errors.length;
    const file = join(folder, "report.html");
    writeFileSync(file, pageOf(reportOf([madeStory(1)]), thumbsOf([[]])));
    await page.goto(pathToFileURL(file).href);
    expect(await page.evaluate("document.querySelectorAll('figure svg').length")).toBeGreaterThan(3);
    expect(page.errors.slice(before)).toEqual([]);
  });
});
