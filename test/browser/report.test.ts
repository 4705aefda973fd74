/** A report in a browser, opened from the disk: nothing is asked for, nothing fails, everyone can read it, and what should move moves. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import jpeg from "jpeg-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageOf, picturesIn, reportOf, thumbSide, thumbsOf } from "../../src/report/index.js";
import { madeStory } from "../fixtures/stories.js";
import { inChromium, type Session, startSession } from "./chromium.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe("a report", inChromium, () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-page-"));
  const file = join(folder, "report.html");
  let session: Session;
  beforeAll(async () => {
    const grey = new Uint8Array(4 * thumbSide * thumbSide).fill(128);
    const { data } = jpeg.encode({ width: thumbSide, height: thumbSide, data: grey }, 50);
    const stories = [madeStory(1, { card: "# A card\n\n## Limits\n\n- one\n" }), madeStory(2)];
    const seen = stories.map(({ looked }) => (looked === undefined ? [] : picturesIn(looked)));
    const thumbs = thumbsOf(seen.map((pictures) => pictures.map((one) => ({ ...one, jpeg: data }))));
    writeFileSync(file, pageOf(reportOf(stories), thumbs));
    session = await startSession();
  });
  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Violation {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }

  test.each(["light", "dark"] as const)(
    "opens without a request or an error, and axe finds no serious fault: %s, at a phone's width",
    async (colorScheme) => {
      const { page, errors, requests } = await session.open(file, { colorScheme, viewport: { width: 390, height: 844 } });
      await page.evaluate(axe);
      const found: readonly Violation[] = await page.evaluate(
        `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)`,
      );
      expect(
        found.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      ).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
      expect(errors).toEqual([]);
      expect(requests).toEqual([pathToFileURL(file).href]);
      await page.close();
    },
  );

  test("moves: the slider over the epochs, pictures by arrow keys, classes by their boxes, pictures by a loop", async () => {
    const { page, errors } = await session.open(file, { viewport: { width: 1100, height: 900 } });
    const figure = page.locator("figure[data-states]").first();
    const shown = (): Promise<string | null> => figure.locator(".state.on").getAttribute("data-epoch");
    expect(await shown()).toBe("3");
    await figure.locator("input").press("Home");
    expect(await shown()).toBe("0");
    expect(await figure.locator("output").textContent()).toMatch(/^before training; /);
    await figure.locator("input").press("ArrowRight");
    expect(await shown()).toBe("1");
    expect(await figure.locator(".state.on .level-name").first().textContent()).toBe("-2.6");

    const atlas = page.locator(".atlas").first();
    await atlas.locator(".map").press("ArrowRight");
    expect(await atlas.locator(".now-shown").textContent()).toBe("a: 0.jpg");
    expect(await atlas.locator(".now-shown use").getAttribute("href")).toMatch(/^#t\d+$/);
    await atlas.locator("fieldset input").nth(1).check();
    expect(await atlas.locator(".picked li").allTextContents()).toEqual(Array.from({ length: 8 }, (_, row) => `b: ${8 + row}.jpg`));
    await atlas.locator("button").click();
    expect(await atlas.locator(".picked li").count()).toBe(0);

    await atlas.locator(".map").scrollIntoViewIfNeeded();
    const box = await atlas.locator(".map").boundingBox();
    if (box === null) throw new Error("the map has no place");
    const corners = [
      [1, 1],
      [box.width - 1, 1],
      [box.width - 1, box.height - 1],
      [1, box.height - 1],
    ] as const;
    await page.mouse.move(box.x + 1, box.y + 1);
    await page.mouse.down();
    for (const [x, y] of corners) await page.mouse.move(box.x + x, box.y + y);
    await page.mouse.up();
    expect(await atlas.locator(".count").textContent()).toBe("24 pictures are marked.");
    expect(errors).toEqual([]);
  });
});
