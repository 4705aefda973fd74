/**
 * The mission: Multi-level Distance Regularization and what it stands beside. Each file is one idea of the paper, a pure
 * function over `Kernels<T>` with its gradient beside it. Heads, losses, miners and regularizers are one file each, in a
 * folder whose index is the registry; `objective` joins a choice of them. Knows no network and no file.
 */
export * from "./criterion.js";
export * from "./distances.js";
export type { Head, Headed } from "./heads/head.js";
export { l2Head } from "./heads/l2.js";
export { meanDistance, meanDistanceHead } from "./heads/meanDistance.js";
export * from "./levels.js";
export { type Classes, describeLoss, type Loss, type LossContext } from "./losses/loss.js";
export { allTripletsLoss, officialEpsilon, type TripletSettings, tripletLoss } from "./losses/triplet.js";
export * from "./masks.js";
export * from "./mdr.js";
export { distanceWeightedNegatives, distanceWeights } from "./mining/distanceWeighted.js";
export { hardestNegatives } from "./mining/hardest.js";
export type { Miner, Triplets } from "./mining/miner.js";
export { randomNegatives } from "./mining/random.js";
export { semiHardNegatives } from "./mining/semiHard.js";
export * from "./normalise.js";
export * from "./objective.js";
export * from "./registries.js";
export { describeRegularizer, type Regularizer, type RegularizerContext } from "./regularizers/regularizer.js";
export * from "./statistics.js";
