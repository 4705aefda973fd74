/** Every golden against the reference engine, and no formula without a golden. */
import * as E from "fp-ts/lib/Either.js";
import { beforeAll, describe, expect, it } from "vitest";
import { referenceEngine, someEngine } from "../src/engines/index.js";
import * as metric from "../src/metric/index.js";
import * as nn from "../src/nn/index.js";
import * as optim from "../src/optim/index.js";
import * as train from "../src/train/index.js";
import { readGoldens, subjects, type VerifyReport, verifyEngines } from "../src/verify/index.js";

describe("the reference engine against PyTorch and against differences", () => {
  let report: VerifyReport;
  beforeAll(async () => {
    const found = await verifyEngines([someEngine(referenceEngine)])();
    if (E.isLeft(found)) throw new Error(found.left.message);
    report = found.right;
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

/** Exports of the mathematics that are no formula, and why they need no numbers of their own. */
const notFormulas: Readonly<Record<string, string>> = {
  squaredFloor: "a constant of pairwiseDistances",
  officialEpsilon: "a constant of tripletLoss",
  usualAdam: "settings",
  usualBatchNorm: "settings",
  usualCompact: "settings",
  compactBackbone: "a network of layers that have theirs",
  resnet18: "a network of layers that have theirs",
  initialise: "draws numbers: property-tested",
  describe: "counts, in words",
  prefixed: "names",
  under: "names",
  named: "names",
};

/** Formulas without a gradient, by definition of the method. */
const detached: readonly string[] = [
  "batchStatistics",
  "updateMomentum",
  "nearestLevel",
  "distanceWeightedNegatives",
  "randomNegatives",
  "hardestNegatives",
  "semiHardNegatives",
  "adam",
  "sgd",
  "schedule",
  "cosineSchedule",
  "training",
];

describe("no formula without its witnesses", () => {
  const pinned = new Set(subjects.flatMap(({ pins }) => pins));

  for (const [folder, door] of Object.entries({ metric, nn, optim })) {
    for (const name of Object.keys(door)) {
      it(`${folder}: ${name} has a golden, or a reason to have none`, () => {
        expect(pinned.has(name) || name in notFormulas, `add a golden case and a subject in src/verify for ${name}`).toBe(true);
      });
    }
  }

  it("nothing is pinned that does not exist", () => {
    const known = new Set([metric, nn, optim, train].flatMap((door) => Object.keys(door)));
    expect([...pinned].filter((name) => !known.has(name))).toEqual([]);
  });

  it("every subject has golden cases, and differences unless it has no gradient", async () => {
    const goldens = await readGoldens();
    if (E.isLeft(goldens)) throw new Error(goldens.left.message);
    for (const subject of subjects) {
      const cases = goldens.right.filter(({ formula }) => formula === subject.formula);
      expect(cases.length, subject.formula).toBeGreaterThan(0);
      const smooth = cases.filter((one) => one.smooth && Object.keys(one.gradients).length > 0);
      expect(subject.scalarOf !== undefined && smooth.length > 0, `${subject.formula} against differences`).toBe(
        !detached.includes(subject.formula),
      );
    }
    const orphans = goldens.right.filter(({ formula }) => !subjects.some((subject) => subject.formula === formula));
    expect(orphans.map(({ name }) => name)).toEqual([]);
  });
});
