/**
 * Miners: the negative that each ordered pair (anchor, positive) gets (paper, training details; distance-weighted sampling is
 * Wu et al. 2017). Dense: an index for every (anchor, column) of [N, N]; those at columns that are no positives are never
 * looked at. Randomness comes in as data, and no gradient flows through a choice.
 */
import type { Kernels } from "../engines/index.js";
import { axisLength, scalar, zeros } from "../tensor/index.js";
import { l2Head } from "./head.js";
import { classMasks } from "./masks.js";

export type Miner = "distance-weighted" | "random" | "hardest" | "semi-hard";

/** Distances are raised to this before weighing, and from `farthest` on a negative is never drawn. */
const nearest = 0.5;
const farthest = 1.4;
/** Farther than any distance of a batch: what a masked entry counts as. Exactly representable in float32 sums. */
const beyond = 2 ** 100;

/**
 * Weights of the negatives, [N, D] and labels [N] -> [N, N]: on L2-normalised copies, d raised to 0.5,
 * log w = (2 - D) log d - ((D - 3) / 2) log(1 - d^2 / 4), shifted by its row maximum and exponentiated; 0 for
 * non-negatives and from d = 1.4 on. A row left without weight is uniform over its negatives.
 */
export const distanceWeights =
  <T>(k: Kernels<T>) =>
  (embeddings: T, labels: T): T => {
    const length = axisLength(k.shapeOf(embeddings), 1);
    const [unit] = l2Head(k)(embeddings);
    const { negatives } = classMasks(k)(labels);
    const cut = k.constant(scalar(farthest));
    const distances = k.map("squareRoot", k.zip("maximum", k.squaredDistances(unit), k.constant(scalar(nearest * nearest))));
    const valid = k.zip("multiply", negatives, k.zip("less", distances, cut));
    // Entries beyond the cut have weight 0 whatever they hold; the cut keeps their logarithm finite (it is not at d >= 2).
    const within = k.zip("minimum", distances, cut);
    const logWeights = k.zip(
      "subtract",
      k.affine(k.map("logarithm", within), 2 - length, 0),
      k.affine(k.map("logarithm", k.affine(k.map("square", within), -0.25, 1)), (length - 3) / 2, 0),
    );
    // The maximum is over the entries that keep weight: shifting by another's could underflow all of them.
    const masked = k.zip("subtract", k.zip("multiply", logWeights, valid), k.affine(valid, -beyond, beyond));
    const shifted = k.zip("multiply", k.zip("subtract", logWeights, k.reduce("maximum", masked, [1])), valid);
    const weights = k.zip("multiply", k.map("exponential", shifted), valid);
    const without = k.zip("equal", k.reduce("sum", valid, [1]), k.constant(scalar(0)));
    return k.zip("add", weights, k.zip("multiply", without, negatives));
  };

/** One negative by distance-weighted sampling for each entry of uniforms [N, N]. */
export const distanceWeightedNegatives =
  <T>(k: Kernels<T>) =>
  (embeddings: T, labels: T, uniforms: T): T =>
    k.sample(distanceWeights(k)(embeddings, labels), uniforms);

/** Each entry a negative drawn evenly. */
export const randomNegatives =
  <T>(k: Kernels<T>) =>
  (labels: T, uniforms: T): T =>
    k.sample(classMasks(k)(labels).negatives, uniforms);

/** The same index in every column: [N, 1] -> [N, N]. */
const inEveryColumn =
  <T>(k: Kernels<T>) =>
  (index: T, count: number): T =>
    k.zip("add", index, k.constant(zeros([count, count])));

/** The nearest negative of each anchor. distances [N, N] */
export const hardestNegatives =
  <T>(k: Kernels<T>) =>
  (distances: T, labels: T): T => {
    const { negatives } = classMasks(k)(labels);
    const others = k.affine(negatives, -beyond, beyond);
    return inEveryColumn(k)(k.argMinimum(k.zip("add", k.zip("multiply", distances, negatives), others)), axisLength(k.shapeOf(labels), 0));
  };

/** The nearest negative farther than the positive; where there is none, the farthest negative. distances [N, N] */
export const semiHardNegatives =
  <T>(k: Kernels<T>) =>
  (distances: T, labels: T): T => {
    const count = axisLength(k.shapeOf(labels), 0);
    const { negatives } = classMasks(k)(labels);
    const toNegative = k.reshape(distances, [count, 1, count]);
    const farther = k.zip(
      "multiply",
      k.zip("less", k.reshape(distances, [count, count, 1]), toNegative),
      k.reshape(negatives, [count, 1, count]),
    );
    const candidates = k.zip("add", k.zip("multiply", farther, toNegative), k.affine(farther, -beyond, beyond));
    const nearestFarther = k.reshape(k.argMinimum(candidates), [count, count]);
    const some = k.reshape(k.reduce("maximum", farther, [2]), [count, count]);
    const farthestOf = k.zip("subtract", k.affine(negatives, -beyond, beyond), k.zip("multiply", distances, negatives));
    const fallback = inEveryColumn(k)(k.argMinimum(farthestOf), count);
    return k.zip("add", k.zip("multiply", some, nearestFarther), k.zip("multiply", k.affine(some, -1, 1), fallback));
  };

/** Negatives of a batch by the miner named. embeddings [N, D], their distances [N, N], labels [N], uniforms [N, N]. */
export const mine =
  <T>(k: Kernels<T>, miner: Miner) =>
  (batch: { readonly embeddings: T; readonly distances: T; readonly labels: T; readonly uniforms: T }): T => {
    switch (miner) {
      case "distance-weighted":
        return distanceWeightedNegatives(k)(batch.embeddings, batch.labels, batch.uniforms);
      case "random":
        return randomNegatives(k)(batch.labels, batch.uniforms);
      case "hardest":
        return hardestNegatives(k)(batch.distances, batch.labels);
      case "semi-hard":
        return semiHardNegatives(k)(batch.distances, batch.labels);
    }
  };
