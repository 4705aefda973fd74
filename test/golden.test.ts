/** Every golden against the reference engine, and no formula without a golden. */
import * as E from "fp-ts/lib/Either.js";
import { beforeAll, describe, expect, it } from "vitest";
import { referenceEngine, someEngine } from "../src/engines/index.js";
import { renderReport, subjects, type VerifyReport, verifyEngines } from "../src/verify/index.js";

describe("the reference engine against PyTorch and against differences", () => {
  let report: VerifyReport;
  beforeAll(async () => {
    const found = await verifyEngines([someEngine(referenceEngine)])();
    if (E.isLeft(found)) throw new Error(found.left.message);
    report = found.right;
    if (process.env.SHOW_REPORT !== undefined) console.log(renderReport(report));
  });

  for (const { formula, scalarOf } of subjects) {
    for (const against of scalarOf === undefined ? (["golden"] as const) : (["golden", "differences"] as const)) {
      it(`${formula} agrees with ${against === "golden" ? "PyTorch" : "differences"}`, () => {
        const check = report.checks.find((one) => one.formula === formula && one.against === against);
        expect(check?.pass, `${check?.worst} (error ${check?.error}, bound ${check?.bound})`).toBe(true);
      });
    }
  }
});
