/** Every golden against the reference engine, and no formula without a golden. */
import * as E from "fp-ts/lib/Either.js";
import { beforeAll, describe, expect, it } from "vitest";
import { referenceEngine, someEngine } from "../src/engines/index.js";
import * as metric from "../src/metric/index.js";
import * as nn from "../src/nn/index.js";
import * as optim from "../src/optim/index.js";
import * as train from "../src/train/index.js";
import { type GoldenCase, readGoldens, subjects, verifyAgainst } from "../src/verify/index.js";

let goldens: readonly GoldenCase[] = [];
beforeAll(async () => {
  const found = await readGoldens();
  if (E.isLeft(found)) throw new Error(found.left.message);
  goldens = found.right;
});

const goldensOf = (formula: string): readonly GoldenCase[] => goldens.filter((golden) => golden.formula === formula);

describe("the reference engine against PyTorch and against differences", () => {
  for (const { formula, scalarOf } of subjects) {
    it(`${formula} agrees`, async () => {
      const { checks } = await verifyAgainst(goldensOf(formula))([someEngine(referenceEngine)], () => undefined);
      const own = checks.filter((check) => check.formula === formula);
      expect(own.map(({ against }) => against)).toEqual(scalarOf === undefined ? ["golden"] : ["golden", "differences"]);
      for (const { against, pass, worst, error, bound } of own) {
        expect(pass, `against ${against}: ${worst} (error ${error}, bound ${bound})`).toBe(true);
      }
    });
  }
});

/** Exports of the mathematics that are no formula, and why they need no numbers of their own. */
const notFormulas: Readonly<Record<string, string>> = {
  completeAnchors: "a mask of losses, which have theirs",
  squaredFloor: "a constant of pairwiseDistances",
  officialEpsilon: "a constant of tripletLoss",
  describeLoss: "a registry's entry",
  describeRegularizer: "a registry's entry",
  heads: "a registry",
  losses: "a registry",
  miners: "a registry",
  regularizers: "a registry",
  rooted: "half of pairwiseDistances",
  termsOf: "half of objective",
  summed: "the other half of objective",
  usualAdam: "settings",
  optimFields: "settings",
  learningRateOf: "stepSchedule by its settings",
  usualBatchNorm: "settings",
  usualCompact: "settings",
  compactBackbone: "a network of layers that have theirs",
  resnet18: "a network of layers that have theirs",
  resnet50: "a whole network: networks.test.ts",
  bnInception: "a whole network: networks.test.ts",
  expansion: "a constant of bottleneck",
  inceptionName: "names",
  adopted: "finds tensors in a file: tested in beginning.test.ts",
  backbones: "a registry",
  backboneFields: "settings",
  describeBackbone: "gives a backbone its part of the settings: tested in backbones.test.ts",
  imagenetStatistics: "settings",
  torchvisionName: "names",
  publishedWeights: "names",
  mostParameters: "a limit",
  parameterCount: "counts",
  usualWhitening: "settings",
  inverseRoot: "half of whitening",
  whitened: "a network and whitening, which have theirs",
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
  "miner batch-easy-hard",
  "miner batch-hard",
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

  it("every subject has golden cases, and differences unless it has no gradient", () => {
    for (const subject of subjects) {
      const cases = goldensOf(subject.formula);
      expect(cases.length, subject.formula).toBeGreaterThan(0);
      const smooth = cases.filter((one) => one.smooth && Object.keys(one.gradients).length > 0);
      expect(subject.scalarOf !== undefined && smooth.length > 0, `${subject.formula} against differences`).toBe(
        !detached.includes(subject.formula),
      );
    }
    const orphans = goldens.filter(({ formula }) => !subjects.some((subject) => subject.formula === formula));
    expect(orphans.map(({ name }) => name)).toEqual([]);
  });
});
