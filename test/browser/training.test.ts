/** Thirty training steps in headless Chromium, on every backend that a page can have: the loss falls as the reference's does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inChromium, type Session, skipMissing, startSession, type Visit } from "./chromium.js";
import { onBackend, type Trained } from "./pages/training.js";

const size = { width: 2, stages: 1, side: 6, steps: 30 };

const mean = (losses: readonly number[]): number => losses.reduce((sum, loss) => sum + loss / losses.length, 0);

describe("training in Chromium", inChromium, () => {
  let session: Session;
  let visit: Visit;
  let reference: Trained;
  beforeAll(async () => {
    session = await startSession();
    visit = await session.visit();
    const ran = await onBackend("reference", size);
    if ("reason" in ran) throw new Error(ran.reason);
    reference = ran;
  });
  afterAll(async () => session.close());

  test("the reference learns", () => {
    expect(mean(reference.losses.slice(-5))).toBeLessThan(0.6 * mean(reference.losses.slice(0, 5)));
  });

  test.for(["reference", "wasm", "webasm", "cpu", "webgpu", "webgl2", "webgl"])("%s", async (backend, context) => {
    const { call, errors } = visit;
    const ran = await call<Trained | { readonly reason: string }>("training", "onBackend", backend, size);
    if ("reason" in ran) return skipMissing(context, backend, ran.reason);
    const off = ran.losses.map((loss, step) => Math.abs(loss / (reference.losses[step] ?? Number.NaN) - 1));
    process.stdout.write(`${backend} in Chromium on ${ran.device}: ${Math.max(...off)} from the reference in ${size.steps} steps\n`);
    expect(ran.backend).toMatch({ reference: /^float64 loops$/, wasm: /^wasm (?:simd128|relaxed simd)$/ }[backend] ?? backend);
    expect(ran.losses).toHaveLength(size.steps);
    // Float32 rounding grows by the step: 1e-6 was seen, and one triplet mined differently would be 1e-2.
    for (const [step, error] of off.entries()) expect(error, `step ${step + 1}`).toBeLessThan(backend === "reference" ? 1e-9 : 1e-3);
    expect(errors).toEqual([]);
  });
});
