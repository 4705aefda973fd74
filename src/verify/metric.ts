/** The metric's formulas as subjects: what each golden case of golden/metric.json runs. */

import type { Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";
import {
  allTripletsLoss,
  batchStatistics,
  classMasks,
  distanceWeightedNegatives,
  distanceWeights,
  type HeadName,
  hardestNegatives,
  heads,
  l2Head,
  levelDecay,
  losses,
  type MomentumState,
  mdrLoss,
  meanDistanceHead,
  miners,
  nearestLevel,
  normalise,
  type Objective,
  objective,
  pairwiseDistances,
  type RegularizerName,
  randomNegatives,
  regularizers,
  semiHardNegatives,
  tripletLoss,
  updateMomentum,
  type Variant,
} from "../metric/index.js";
import { type Named, named, prefixed, scalar, sizeOf, under, zeros } from "../tensor/index.js";
import { type Formula, lengthOf, numberAt, type Outcome, type Settings, type Subject, subject } from "./subject.js";

const variantOf = (settings: Settings): Variant => (settings.variant === "official" ? "official" : "paper");

/** A pullback of one input as a formula. */
const along =
  (input: string, output: string, formula: <T>(k: Kernels<T>, settings: Settings, inputs: Named<T>) => Pullback<T, T>): Formula =>
  (k, settings) =>
  (inputs) => {
    const [y, pull] = formula(k, settings, inputs)(named(inputs, input));
    return { outputs: { [output]: y }, gradients: { [input]: pull(named(inputs, "dy")) } };
  };

const nothingSeen = <T>(k: Kernels<T>): MomentumState<T> => {
  const zero = k.constant(scalar(0));
  return { mean: zero, deviation: zero, seen: zero };
};

/** The running statistics before batch b: those that came out of the batch before, or the case's own where they are held. */
const before = <T>(k: Kernels<T>, batch: number, running: MomentumState<T>, held?: Named<T>): MomentumState<T> => {
  const mean = held?.[`mean.${batch}`];
  const deviation = held?.[`deviation.${batch}`];
  return mean === undefined || deviation === undefined ? running : { mean, deviation, seen: k.constant(scalar(1)) };
};

/** With the statistics held, this momentum keeps them as they are, to rounding: settings allow no 1. */
const gammaOf = (settings: Settings, held: unknown): number => (held === undefined ? numberAt(settings, "gamma") : 1 - Number.EPSILON);

const sum = <T>(k: Kernels<T>, terms: readonly T[]): T => terms.reduce(algebra(k).add);

const momentum: Formula = (k, settings) => (inputs) => {
  const update = updateMomentum(k, numberAt(settings, "gamma"));
  const states = Array.from({ length: lengthOf(inputs, "mean") }).reduce<readonly MomentumState<ReturnType<typeof k.constant>>[]>(
    (done, _, batch) => [
      ...done,
      update(done.at(-1) ?? nothingSeen(k), { mean: named(inputs, `mean.${batch}`), deviation: named(inputs, `deviation.${batch}`) }),
    ],
    [],
  );
  return {
    outputs: Object.fromEntries(
      states.flatMap(({ mean, deviation }, batch) => [
        [`mean.${batch}`, mean],
        [`deviation.${batch}`, deviation],
      ]),
    ),
    gradients: {},
  };
};

const regularizer: Formula = (k, settings, held) => (inputs) => {
  const loss = mdrLoss(k, { variant: variantOf(settings), gamma: gammaOf(settings, held) });
  const levels = named(inputs, "levels");
  const outputs: Record<string, typeof levels> = {};
  const gradients: Record<string, typeof levels> = {};
  const toLevels: (typeof levels)[] = [];
  let running = nothingSeen(k);
  for (let batch = 0; batch < lengthOf(inputs, "distances"); batch++) {
    const result = loss(before(k, batch, running, held), named(inputs, `distances.${batch}`), levels);
    const pulled = result.pull(named(inputs, `dy.${batch}`));
    running = result.momentum;
    outputs[`loss.${batch}`] = result.loss;
    outputs[`mean.${batch}`] = running.mean;
    outputs[`deviation.${batch}`] = running.deviation;
    gradients[`distances.${batch}`] = pulled.distances;
    toLevels.push(pulled.levels);
  }
  return { outputs, gradients: { ...gradients, levels: sum(k, toLevels) } };
};

/** The head and the regularizer of the methods compared. */
const methods: Readonly<Record<string, readonly [head: HeadName, regularizer: RegularizerName]>> = {
  triplet: ["mean-distance", "none"],
  "triplet-l2": ["l2", "none"],
  "triplet-mdr": ["mean-distance", "mdr"],
};

const isName = <N extends string>(registry: Readonly<Record<N, unknown>>, name: unknown): name is N =>
  typeof name === "string" && name in registry;

/** A case names its method, or head and regularizer apart. */
const objectiveOf = (settings: Settings, gamma: number, levels: readonly number[]): Objective => {
  const variant = variantOf(settings);
  const [head, regularizer] = methods[String(settings.method)] ?? [settings.head, settings.regularizer];
  if (!isName(heads, head) || !isName(regularizers, regularizer)) throw new Error(`no objective is called ${JSON.stringify(settings)}`);
  return objective({
    head: heads[head],
    loss: losses.triplet.build(settings, { variant, miner: miners["distance-weighted"] }),
    regularizer: regularizers[regularizer].build({ ...settings, gamma, levels }, { variant }),
  });
};

const whole: Formula =
  <T>(k: Kernels<T>, settings: Settings, held?: Named<T>) =>
  (inputs: Named<T>): Outcome<T> => {
    const levels = named(inputs, "levels");
    const goal = objectiveOf(settings, gammaOf(settings, held), Array<number>(sizeOf(k.shapeOf(levels))).fill(0)).forward(k);
    const outputs: Record<string, typeof levels> = {};
    const gradients: Record<string, typeof levels> = {};
    const toLevels: (typeof levels)[] = [];
    let running = nothingSeen(k);
    for (let batch = 0; batch < lengthOf(inputs, "embeddings"); batch++) {
      const { loss, parts, state, pull } = goal(
        { "regularizer.levels": levels },
        prefixed("regularizer", { ...before(k, batch, running, held) }),
        {
          embeddings: named(inputs, `embeddings.${batch}`),
          labels: named(inputs, "labels"),
          draws: { "loss.miner": named(inputs, `uniforms.${batch}`) },
        },
      );
      const pulled = pull(k.constant(scalar(1)));
      const next = under("regularizer", state);
      if ("mean" in next) running = { mean: named(next, "mean"), deviation: named(next, "deviation"), seen: named(next, "seen") };
      for (const [name, value] of Object.entries({ ...parts, loss })) outputs[`${name}.${batch}`] = value;
      gradients[`embeddings.${batch}`] = pulled.embeddings;
      toLevels.push(pulled.parameters["regularizer.levels"] ?? k.constant(zeros(k.shapeOf(levels))));
    }
    return { outputs, gradients: { ...gradients, levels: sum(k, toLevels) } };
  };

/** Indices at pairs that are no positives are never looked at: the case's mask sets them to 0. */
const mined =
  (choose: <T>(k: Kernels<T>, inputs: Named<T>) => T): Formula =>
  (k) =>
  (inputs) => ({ outputs: { indices: k.zip("multiply", choose(k, inputs), named(inputs, "mask")) }, gradients: {} });

/** Indices, the weights as shares of their row, and 1 for each row that was left uniform: all of its negatives at weight 1. */
const weighted: Formula = (k, settings) => (inputs) => {
  const { equal, multiply, number, reciprocalOrZero, sumOver, where } = algebra(k);
  const [embeddings, labels] = [named(inputs, "embeddings"), named(inputs, "labels")];
  const weights = distanceWeights(k, variantOf(settings))(embeddings, labels);
  const indices = distanceWeightedNegatives(k, variantOf(settings))(embeddings, labels, named(inputs, "uniforms"));
  const least = k.reduce("minimum", where(classMasks(k)(labels).negatives, weights, number(1)), [1]);
  return {
    outputs: {
      indices: multiply(indices, named(inputs, "mask")),
      weights: multiply(weights, reciprocalOrZero(sumOver(weights, [1]))),
      uniformRows: equal(least, number(1)),
    },
    gradients: {},
  };
};

const distancesOf = <T>(k: Kernels<T>, inputs: Named<T>): T => pairwiseDistances(k)(named(inputs, "embeddings"))[0];

const tripletSettings = (settings: Settings) => ({ variant: variantOf(settings), margin: numberAt(settings, "margin") });

export const metricSubjects: readonly Subject[] = [
  subject(
    {
      formula: "pairwiseDistances",
      section: "regularizer: distances d_ij",
      pins: ["pairwiseDistances", "alongPairs", "offDiagonal"],
      value: "distances",
    },
    along("embeddings", "distances", (k) => pairwiseDistances(k)),
  ),
  subject(
    {
      formula: "meanDistanceHead",
      section: "learning without L2: division by the mean distance",
      pins: ["meanDistanceHead", "meanDistance", "pairCount"],
      value: "y",
    },
    along("embeddings", "y", (k) => meanDistanceHead(k)),
  ),
  subject(
    { formula: "l2Head", section: "Triplet + L2: the normalised embedding", pins: ["l2Head"], value: "y" },
    along("embeddings", "y", (k) => l2Head(k)),
  ),
  subject(
    { formula: "batchStatistics", section: "regularizer: mu and sigma of a batch", pins: ["batchStatistics"] },
    (k, settings) => (inputs) => ({
      outputs: { ...batchStatistics(k, variantOf(settings))(named(inputs, "distances")) },
      gradients: {},
    }),
  ),
  subject({ formula: "updateMomentum", section: "regularizer: momentum of mu* and sigma*", pins: ["updateMomentum"] }, momentum),
  subject(
    { formula: "normalise", section: "regularizer: normalised distances", pins: ["normalise"], value: "normalised" },
    along("distances", "normalised", (k, _, inputs) =>
      normalise(k)({ mean: named(inputs, "mean"), deviation: named(inputs, "deviation") }),
    ),
  ),
  subject({ formula: "nearestLevel", section: "regularizer: the level of a pair", pins: ["nearestLevel"] }, (k) => (inputs) => ({
    outputs: { indices: nearestLevel(k)(named(inputs, "normalised"), named(inputs, "levels")) },
    gradients: {},
  })),
  subject(
    { formula: "levelDecay", section: "objective: level decay nu sum s_k^2", pins: ["levelDecay"], value: "loss" },
    along("levels", "loss", (k, settings) => levelDecay(k, numberAt(settings, "nu"))),
  ),
  subject({ formula: "mdrLoss", section: "regularizer: L_MDR", pins: ["mdrLoss", "membership"], value: "loss" }, regularizer),
  subject(
    {
      formula: "distanceWeightedNegatives",
      section: "mining: distance-weighted sampling",
      pins: ["distanceWeightedNegatives", "distanceWeights"],
    },
    weighted,
  ),
  subject(
    { formula: "randomNegatives", section: "mining: random negative", pins: ["randomNegatives", "classMasks"] },
    mined((k, inputs) => randomNegatives(k)(named(inputs, "labels"), named(inputs, "uniforms"))),
  ),
  subject(
    { formula: "hardestNegatives", section: "mining: hardest negative", pins: ["hardestNegatives"] },
    mined((k, inputs) => hardestNegatives(k)(distancesOf(k, inputs), named(inputs, "labels"))),
  ),
  subject(
    { formula: "semiHardNegatives", section: "mining: semi-hard negative", pins: ["semiHardNegatives"] },
    mined((k, inputs) => semiHardNegatives(k)(distancesOf(k, inputs), named(inputs, "labels"))),
  ),
  subject(
    { formula: "tripletLoss", section: "metric loss: triplet", pins: ["tripletLoss", "shiftedDistances"], value: "loss" },
    along("embeddings", "loss", (k, settings, inputs) =>
      tripletLoss(k, tripletSettings(settings))(named(inputs, "labels"), named(inputs, "negatives")),
    ),
  ),
  subject(
    { formula: "allTripletsLoss", section: "metric loss: triplet over all triplets", pins: ["allTripletsLoss"], value: "loss" },
    along("embeddings", "loss", (k, settings, inputs) => allTripletsLoss(k, tripletSettings(settings))(named(inputs, "labels"))),
  ),
  subject({ formula: "objective", section: "objective: L_metric + lambda L_MDR + decay", pins: ["objective"], value: "loss" }, whole),
];
