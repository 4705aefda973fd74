/** The playground as built, in a page of Chromium: what the tests of it share. */
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** A run so small that every backend ends it at once. */
export const tiny =
  "species=8&perSpecies=6&imageSize=16&width=4&depth=1&batch=16&perClass=4&embedding=8&epochs=1&iterations=12&learningRate=0.01&seed=2";
/** One that goes on. */
export const long = tiny.replace("epochs=1", "epochs=400");

const status = (page: Page) => page.locator("#transport [role=status]");
/** WebGPU in software compiles for a while. */
export const isAt = (page: Page, words: string) => status(page).filter({ hasText: words }).waitFor({ state: "attached", timeout: 90_000 });
export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
export const engineLine = (page: Page) => page.locator("#engine [role=status]");

export const stepOf = async (page: Page): Promise<number> => {
  const said = await page.locator("#transport input[type=range]").getAttribute("aria-valuetext");
  return Number(/step (\d+)/.exec(said ?? "")?.[1]);
};

/** Until more steps than these were taken. */
export const goesBeyond = (page: Page, step: number) => expect.poll(() => stepOf(page), { timeout: 30_000 }).toBeGreaterThan(step);

/** Recall@1 of unseen classes as the table says it, in percent. */
export const recallOf = async (page: Page): Promise<number> =>
  Number.parseFloat((await page.locator(".standings tbody td").first().textContent()) ?? "");
