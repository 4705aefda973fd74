/** The guide to pages, as its reader would run it: its markup, its module, and two files that the command made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inChromium, type Session, startSession } from "./chromium.js";

const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "guides", "use-in-a-page.md"), "utf8");
const block = (language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(text)?.[1] ?? "";

const rows = [0, 1, 1.5, 4, 9].map((place, index) => JSON.stringify({ file: `${index}.jpg`, embedding: [place, 0] }));
const thresholds = { calibrated: [{ thresholds: [{ rate: 0.01, distance: 1.25 }] }] };

describe("the guide's page in Chromium", inChromium, () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession();
  });
  afterAll(async () => session.close());

  test("finds what is similar, nearest first, and what is within the threshold", async () => {
    const { page, errors } = await session.visit();
    await page.route("**/photos.jsonl", (route) => route.fulfill({ body: `${rows.join("\n")}\n` }));
    await page.route("**/thresholds.json", (route) => route.fulfill({ json: thresholds }));
    await page.evaluate(`document.body.innerHTML = ${JSON.stringify(block("html"))}`);
    await page.addScriptTag({ type: "module", content: block("js") });
    await page.locator("#limit:not(:empty)").waitFor();
    await page.locator("#photos").selectOption("1");
    expect(await page.locator("#similar li").allTextContents()).toEqual([
      "2.jpg 0.5000 within",
      "0.jpg 1.0000 within",
      "3.jpg 3.0000 ",
      "4.jpg 8.0000 ",
    ]);
    expect(errors).toEqual([]);
  });
});
