/** What docs/browser.md says of strict policies and of workers: which backends train there, and what the others say. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inChromium, type Session, skipMissing, startSession, type Visit } from "./chromium.js";
import { onBackend, type Trained } from "./pages/training.js";

const size = { width: 2, stages: 1, side: 6, steps: 2 };

type Ran = Trained | { readonly reason: string };

describe("backends in Chromium", inChromium, () => {
  let session: Session;
  let reference: Ran;
  beforeAll(async () => {
    session = await startSession();
    reference = await onBackend("reference", size);
  });
  afterAll(async () => session.close());

  const expectReference = (ran: Trained): void => {
    const expected = "losses" in reference ? reference.losses : [];
    expect(ran.losses).toHaveLength(size.steps);
    ran.losses.forEach((loss, step) => {
      expect(loss).toBeCloseTo(expected[step] ?? Number.NaN, 4);
    });
  };

  describe("under a policy that allows wasm-unsafe-eval but not unsafe-eval", () => {
    let visit: Visit;
    beforeAll(async () => {
      visit = await session.visit({
        headers: { "Content-Security-Policy": "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:" },
      });
      expect(await visit.call("policy", "makesCode")).toBe(false);
    });

    test.for(["wasm", "webasm", "webgpu"])("%s trains", async (backend, context) => {
      const ran = await visit.call<Ran>("training", "onBackend", backend, size);
      if ("reason" in ran) return skipMissing(context, backend, ran.reason);
      expectReference(ran);
    });

    test("cpu says what it lacks", async () => {
      expect(await visit.call<Ran>("training", "onBackend", "cpu", size)).toEqual({ reason: expect.stringContaining("unsafe-eval") });
    });
  });

  describe("in a module worker", () => {
    let visit: Visit;
    beforeAll(async () => {
      visit = await session.visit();
    });

    test.for(["webasm", "cpu", "webgpu"])("%s trains", async (backend, context) => {
      const ran = await visit.call<Ran>("inWorker", "inWorker", "onBackend", backend, size);
      if ("reason" in ran) return skipMissing(context, backend, ran.reason);
      expectReference(ran);
    });

    test("webgl2 says what it lacks", async () => {
      expect(await visit.call<Ran>("inWorker", "inWorker", "onBackend", "webgl2", size)).toEqual({
        reason: expect.stringContaining("document"),
      });
    });
  });
});
