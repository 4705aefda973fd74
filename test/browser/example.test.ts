/** The example of docs/browser.md, as its reader would run it: the server, the page, nothing else. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inChromium, type Session, startSession } from "./chromium.js";

describe("the example page in Chromium", inChromium, () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession();
  });
  afterAll(async () => session.close());

  test("opens an engine, says which and why, and trains", async () => {
    const { page, errors } = await session.visit({ path: "/" });
    await page.locator("#end:not(:empty)").waitFor();
    expect(await page.locator("#end").textContent()).toBe("trained");
    // No GPU in here but a software one, so it has to be the wasm engine.
    expect(await page.locator("#engine").textContent()).toMatch(/^engine wasm, .* on \d+ threads? \(auto: no GPU works here/);
    const losses = (await page.locator("#losses li").allTextContents()).map(Number);
    expect(losses).toHaveLength(20);
    for (const loss of losses) expect(loss).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  });

  test("has views of tensors", async () => {
    const { call } = await session.visit();
    expect(await call("views", "corner")).toEqual([2, 3, 5, 6]);
  });
});
