/**
 * Distance-weighted sampling of negatives (Wu et al. 2017; paper, training details): negatives are drawn so that their
 * distances on the unit sphere, and not themselves, are spread evenly.
 */
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, generate, named } from "../../tensor/index.js";
import { l2Head } from "../heads/l2.js";
import { classMasks } from "../masks.js";
import type { Variant } from "../statistics.js";
import { beyond, type Miner, uniformDraws } from "./miner.js";

/** Distances are raised to this before weighing, and from `farthest` on a negative is never drawn. */
const nearest = 0.5;
const farthest = 1.4;
/** The largest distance on the unit sphere, where the formula has a pole. */
const opposite = 2;

/**
 * Weights of the negatives, [N, D] and labels [N] -> [N, N]: on L2-normalised copies, d raised to 0.5,
 * log w = (2 - D) log d - ((D - 3) / 2) log(1 - d^2 / 4), shifted by a maximum of its row and exponentiated; 0 for
 * non-negatives and from d = 1.4 on. A row left without weight is uniform over its negatives.
 *
 * paper: the maximum is over the entries that keep weight, for shifting by another's could underflow all of them.
 * official: over the whole row, positives and the diagonal (its distance set to 1) included, so that rows whose positives are
 * much nearer than their negatives underflow and become uniform: sooner in float32 than in float64.
 */
export const distanceWeights =
  <T>(k: Kernels<T>, variant: Variant) =>
  (embeddings: T, labels: T): T => {
    const { add, equal, exponential, largestOver, less, logarithm, maximum, multiply, number, scale, shift, square } = algebra(k);
    const { squareRoot, subtract, sumOver, where } = algebra(k);
    const [count, length] = [axisLength(k.shapeOf(embeddings), 0), axisLength(k.shapeOf(embeddings), 1)];
    const { negatives } = classMasks(k)(labels);
    const identity = k.constant(generate([count, count], (flat) => (flat % (count + 1) === 0 ? 1 : 0)));
    const squared = add(k.squaredDistances(l2Head(k)(embeddings)[0]), identity);
    const distances = squareRoot(maximum(squared, number(nearest ** 2)));
    const eligible = multiply(negatives, less(distances, number(farthest)));
    const counted = variant === "official" ? less(distances, number(opposite)) : eligible;
    // What is not counted has weight 0 whatever it holds: 1 keeps its logarithms finite.
    const within = where(counted, distances, number(1));
    const logWeights = subtract(
      scale(logarithm(within), 2 - length),
      scale(logarithm(shift(scale(square(within), -0.25), 1)), (length - 3) / 2),
    );
    const top = largestOver(where(counted, logWeights, number(-beyond)), [1]);
    const weights = multiply(exponential(multiply(subtract(logWeights, top), eligible)), eligible);
    const without = equal(sumOver(weights, [1]), number(0));
    return add(weights, multiply(without, negatives));
  };

/** One negative by distance-weighted sampling for each entry of uniforms [N, N]. */
export const distanceWeightedNegatives =
  <T>(k: Kernels<T>, variant: Variant) =>
  (embeddings: T, labels: T, uniforms: T): T =>
    k.sample(distanceWeights(k, variant)(embeddings, labels), uniforms);

export const miner: Miner = {
  about: "a negative drawn so that distances are spread evenly",
  draws: uniformDraws,
  mine:
    (k, variant) =>
    ({ embeddings, labels, draws }) => ({
      kind: "one",
      negatives: distanceWeightedNegatives(k, variant)(embeddings, labels, named(draws, "miner")),
    }),
};
