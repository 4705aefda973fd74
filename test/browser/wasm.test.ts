/** The wasm engine in headless Chromium: with and without shared memory, in a worker, in either arithmetic, and bit for bit what Node computes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inChromium, type Session, startSession, type Visit } from "./chromium.js";
import { onWasm, type Trained } from "./pages/training.js";

const size = { width: 8, stages: 2, side: 16, steps: 6 };

describe("the wasm engine in Chromium", inChromium, () => {
  let session: Session;
  let isolated: Visit;
  let inNode: Trained;
  beforeAll(async () => {
    session = await startSession();
    isolated = await session.visit();
    inNode = await onWasm({ threads: 2, arithmetic: "plain" }, size);
  });
  afterAll(async () => session.close());

  const expectSameBits = (got: Trained): void => {
    expect(got.losses).toEqual(inNode.losses);
    expect(got.state).toEqual(inNode.state);
  };

  test.each([
    [2, "2 threads"],
    [1, "1 thread"],
  ])("an isolated page trains on %i thread(s), bit for bit as Node does", async (threads, device) => {
    const { call, errors } = isolated;
    const got = await call<Trained>("training", "onWasm", { threads, arithmetic: "plain" }, size);
    expect(got.device).toBe(device);
    expectSameBits(got);
    expect(errors).toEqual([]);
  });

  test("a page without the isolating headers trains on one thread, says why, and gives the same bits", async () => {
    const { page, call } = await session.visit({ isolated: false });
    expect(await page.evaluate("crossOriginIsolated")).toBe(false);
    const got = await call<Trained>("training", "onWasm", { threads: 2, arithmetic: "plain" }, size);
    expect(got.device).toMatch(/^1 thread \(.*COOP and COEP headers/);
    expectSameBits(got);
  });

  test("a module worker trains on 2 threads, bit for bit as Node does", async () => {
    const got = await isolated.call<Trained>("inWorker", "inWorker", "onWasm", { threads: 2, arithmetic: "plain" }, size);
    expect(got.device).toBe("2 threads");
    expectSameBits(got);
  });

  test("by itself takes fused multiply-add where Chromium has it, and then gives the bits that Node gives when asked for it", async () => {
    const got = await isolated.call<Trained>("training", "onWasm", { threads: 2 }, size);
    const asked = await onWasm({ threads: 2, arithmetic: "fused" }, size);
    expect(got.backend).toBe("wasm relaxed simd");
    expect(got.state).toEqual(asked.state);
    expect(got.state).not.toEqual(inNode.state);
  });

  test("close ends its workers", async () => {
    // A page of its own: on a busy machine the browser may never tell that a worker's own worker, as the test before has, is gone.
    const { page, call } = await session.visit();
    await call("lifetime", "open", { threads: 3 });
    expect(page.workers()).toHaveLength(2);
    await call("lifetime", "close");
    await expect.poll(() => page.workers().length).toBe(0);
  });
});
