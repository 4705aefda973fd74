/** The page of the service in Chromium: looked at, used by keyboard, and audited. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Listening, listen } from "../../src/serve/index.js";
import { colourJpeg, type Fixture, indexOf, serviceFixture } from "../fixtures/service.js";
import { inChromium, type Session, startSession } from "./chromium.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A label that would do something if it were taken for HTML. */
const hostile = '<img src=x onerror="document.title=1">';

describe("the service's page in Chromium", inChromium, () => {
  let session: Session;
  let fixture: Fixture;
  let listening: Listening;
  beforeAll(async () => {
    fixture = serviceFixture();
    const entries = fixture.entries.map((entry) => (entry.label === "blue" ? { ...entry, label: hostile } : entry));
    const opened = await listen(
      fixture.service({ port: 0, threshold: 0.6, token: "sixteen letters!" }, { index: indexOf(fixture.root, entries) }),
    )();
    if (E.isLeft(opened)) throw new Error(opened.left.message);
    listening = opened.right;
    session = await startSession();
  });
  afterAll(async () => {
    await session.close();
    await listening.close();
    fixture.remove();
  });

  test("takes a token and a picture, shows what is near and the threshold, and goes on from a click", async () => {
    const { page, errors } = await session.visit();
    await page.setViewportSize({ width: 360, height: 700 });
    await page.goto(`${listening.address}#token=sixteen+letters!`);
    await page.locator("#about:not(:empty)").waitFor();
    expect(page.url()).toBe(listening.address);
    await page.locator("#file").setInputFiles({ name: "mine.jpg", mimeType: "image/jpeg", buffer: Buffer.from(colourJpeg(240, 5, 5)) });
    await page.locator("#matches button").first().waitFor();
    expect(await page.locator("#matches button").count()).toBe(15);
    expect(await page.locator("#matches .line").textContent()).toMatch(/^Threshold 0\.6000/);
    // The line lies between what is nearer and what is not.
    const order = await page
      .locator("#matches > li")
      .evaluateAll((items) => items.map((item) => item.className || Number(/distance ([\d.]+)/.exec(item.textContent ?? "")?.[1])));
    const at = order.indexOf("line");
    expect(order.slice(0, at).every((distance) => Number(distance) < 0.6)).toBe(true);
    expect(order.slice(at + 1).every((distance) => Number(distance) >= 0.6)).toBe(true);
    expect(await page.locator("#matches").textContent()).toContain(hostile);
    expect(await page.title()).toBe("Find similar pictures");
    await page.locator("#matches button").first().press("Enter");
    await page.locator("#query-name", { hasText: "red/1.jpg" }).waitFor();
    expect(await page.locator("#matches button").first().textContent()).toContain("this picture");
    // Those far below are not asked for before they come near.
    await page.waitForFunction(() =>
      [...document.querySelectorAll("#matches img")].slice(0, 4).every((image) => (image as HTMLImageElement).naturalWidth > 0),
    );
    await page.locator("#label").selectOption("green");
    await page.locator("#status", { hasText: /^5 pictures/ }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(errors).toEqual([]);
  });

  test("has no fault that a screen reader would stumble over, light or dark", async () => {
    const { page } = await session.visit();
    // The audit is a script of another origin, as the page's own policy sees it.
    await page
      .context()
      .newCDPSession(page)
      .then((protocol) => protocol.send("Page.setBypassCSP", { enabled: true }));
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(`${listening.address}?${colorScheme}#token=sixteen+letters!`);
      await page.locator("#about:not(:empty)").waitFor();
      await page.locator("#file").setInputFiles({ name: "mine.jpg", mimeType: "image/jpeg", buffer: Buffer.from(colourJpeg(240, 5, 5)) });
      await page.locator("#matches button").first().waitFor();
      await page.addScriptTag({ content: axe });
      const found = (await page.evaluate("axe.run()")) as {
        readonly violations: readonly { readonly id: string; readonly impact: string; readonly help: string }[];
      };
      expect(
        found.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, help }) => `${id}: ${help}`),
      ).toEqual([]);
    }
  });
});
