/** The verification in headless Chromium, for the test files that say on which backends. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenFiles, subjects } from "../../src/verify/index.js";
import { inChromium, type Session, skipMissing, startSession } from "./chromium.js";
import type { BackendName } from "./pages/backends.js";
import type { Verified } from "./pages/verification.js";

/**
 * Tests every formula on each of the backends: with all golden cases, of losses, miners and regularizers beside the paper's with the first; or
 * the paper's and the layers alone, with the first case of each.
 */
export const verifyInChromium = (backends: readonly BackendName[], cases: "every case" | "first cases"): void => {
  describe(`every formula in Chromium against PyTorch, differences and the reference, ${cases}`, inChromium, () => {
    let session: Session;
    let found: Verified;
    beforeAll(async () => {
      session = await startSession();
      const { call } = await session.visit();
      found = await call<Verified>("verification", "verified", backends, goldenFiles, cases);
    });
    afterAll(async () => session.close());

    test.for(backends)("%s", (backend, context) => {
      const reason = found.missing[backend];
      if (reason !== undefined) skipMissing(context, backend, reason);
      const wanted = subjects
        .map(({ formula }) => formula)
        .filter((formula) => cases === "every case" || !/^(?:loss|miner|regularizer) /.test(formula));
      const checks = found.checks.filter(
        (check) => (backend === "wasm" ? check.backend.startsWith("wasm ") : check.backend === backend) && wanted.includes(check.formula),
      );
      expect(new Set(checks.map(({ formula }) => formula))).toEqual(new Set(wanted));
      const nearest = checks.reduce((worst, check) => (check.error / check.bound > worst.error / worst.bound ? check : worst));
      process.stdout.write(`${backend} in Chromium: ${nearest.formula} is nearest its bound, ${nearest.error} of ${nearest.bound}\n`);
      for (const { formula, against, pass, worst, error, bound } of checks) {
        expect(pass, `${formula} against ${against}: ${worst} (error ${error}, bound ${bound})`).toBe(true);
      }
    });
  });
};
