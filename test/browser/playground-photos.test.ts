/** Pictures of one's own in the playground, by every way there is: a folder chosen or dropped, photos sorted by hand, the webcam; and fingers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeJpeg } from "../../src/datasets/index.js";
import { buildPage } from "../../tools/web/bundle.js";
import { folderSite } from "../../tools/web/site.js";
import { inChromium, type Session, serving, startSession, type Visit } from "./chromium.js";
import { button, isAt, stepOf, tiny } from "./inPlayground.js";

const root = join(import.meta.dirname, "..", "..");

describe("one's own pictures in the playground", inChromium, () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-own-pictures-"));
  const photos = join(folder, "photos");
  const hosts = serving();
  let session: Session;
  let address: string;
  let visit: Visit;

  /** The page with its panel of photos open, and nothing sorted. */
  const opened = async (): Promise<Page> => {
    const { page } = visit;
    // Of four classes two train, and a batch wants four pictures of each.
    await page.goto(`${address}/?${tiny.replace("batch=16", "batch=8")}&engine=wasm`);
    await isAt(page, "Paused");
    await page.getByText("Your photos").click();
    return page;
  };

  /** What is trained on when the button is pressed: the classes that the data panel counts, and that the run ends. */
  const trains = async (page: Page, classes: number): Promise<void> => {
    await page.getByText(`${classes} classes of two pictures or more`).waitFor();
    await button(page, "One step").click();
    await expect.poll(() => stepOf(page)).toBe(1);
    await button(page, "Train on these").click();
    await expect.poll(() => stepOf(page)).toBe(0);
    expect(await page.locator("#faults p").allTextContents()).toEqual([]);
    await isAt(page, "Paused");
    await button(page, "Train").click();
    await isAt(page, "Trained to the end");
  };

  beforeAll(async () => {
    for (const [index, name] of ["apple", "lemon", "pear", "plum"].entries()) {
      mkdirSync(join(photos, name), { recursive: true });
      for (let photo = 0; photo < 4; photo += 1) {
        const pixels = Uint8Array.from(
          { length: 3 * 24 * 20 },
          (_, at) => (at % 3 === index % 3 ? 200 : 40 * index) + ((at * (photo + 3)) % 17),
        );
        writeFileSync(join(photos, name, `${photo}.jpg`), encodeJpeg({ width: 24, height: 20, pixels }, 90));
      }
      writeFileSync(join(photos, name, "notes.txt"), "no picture");
    }
    await buildPage(root, join(folder, "page"));
    const page = folderSite({ folder: join(folder, "page"), isolated: true });
    [address, session] = await Promise.all([hosts.at(page), startSession()]);
    visit = await session.blank({ viewport: { width: 800, height: 900 }, hasTouch: true });
    visit.page.setDefaultTimeout(15_000);
  });
  afterAll(async () => {
    await session.close();
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a folder of class folders is chosen, and trained on", async () => {
    const page = await opened();
    await page.getByLabel("A folder: each folder in it is a class").setInputFiles(photos);
    await trains(page, 4);
  });

  test("a folder is dropped, as the system drops it", async () => {
    const page = await opened();
    const place = page.locator("fieldset.drop");
    await place.scrollIntoViewIfNeeded();
    const box = await place.boundingBox();
    const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + (box?.height ?? 0) / 2];
    const devtools = await page.context().newCDPSession(page);
    const data = { items: [], files: [photos], dragOperationsMask: 1 };
    await devtools.send("Input.dispatchDragEvent", { type: "dragEnter", x, y, data });
    await devtools.send("Input.dispatchDragEvent", { type: "dragOver", x, y, data });
    expect(await place.getAttribute("class")).toBe("drop over");
    await devtools.send("Input.dispatchDragEvent", { type: "drop", x, y, data });
    await page.getByText("4 classes of two pictures or more").waitFor();
    expect(await page.locator(".photos .photo").count()).toBe(16);
  });

  test("loose photos are sorted by taps, and the webcam makes a class of what it sees", async () => {
    const page = await opened();
    await page
      .getByLabel("Photos, to be sorted here")
      .setInputFiles(["apple", "pear"].flatMap((name) => [0, 1].map((photo) => join(photos, name, `${photo}.jpg`))));
    const sort = async (label: string, indices: readonly number[]): Promise<void> => {
      await page.getByLabel("New class").fill(label);
      await button(page, "Add class").tap();
      for (const index of indices) await page.locator(".photos").first().locator(".photo").nth(index).tap();
      await button(page, "Move").tap();
    };
    await page.locator(".photos .photo").nth(3).waitFor();
    await sort("apples", [0, 1]);
    await sort("pears", [0, 1]);
    await page.getByText("2 classes of two pictures or more").waitFor();
    await button(page, "Open the webcam").tap();
    await page.getByLabel("What is shown (the class)").fill("disc");
    await button(page, "Take 12 pictures").tap();
    await page.getByText("3 classes of two pictures or more").waitFor();
    await button(page, "Take 12 pictures").waitFor();
    await page.getByLabel("What is shown (the class)").fill("disc again");
    await button(page, "Take 12 pictures").tap();
    await button(page, "Take 12 pictures").waitFor();
    await button(page, "Close the webcam").tap();
    await button(page, "Open the webcam").waitFor();
    await trains(page, 4);
  });

  test("a finger moves a level", async () => {
    const page = await opened();
    const handle = page.getByRole("slider", { name: /^level 3 of/ });
    await button(page, "One step").tap();
    await handle.scrollIntoViewIfNeeded();
    const before = Number(await handle.getAttribute("aria-valuenow"));
    const box = await handle.boundingBox();
    const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
    for (const by of [10, 20, 30, 40])
      await devtools.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: x - by, y }] });
    await devtools.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    expect(Number(await handle.getAttribute("aria-valuenow"))).toBeLessThan(before - 0.2);
    expect(await handle.getAttribute("aria-valuetext")).toContain("moved by you");
  });

  test("no error in all of this", () => expect(visit.errors).toEqual([]));
});
