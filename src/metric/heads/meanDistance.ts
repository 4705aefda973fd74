/** The mean-distance head (paper, learning without L2 normalisation): the batch divided by the mean of its distances. */
import type { Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, zeros } from "../../tensor/index.js";
import { alongPairs, rooted } from "../distances.js";
import { offDiagonal, pairCount } from "../masks.js";
import type { Head, Headed } from "./head.js";

/** Squared distances [N, N] -> mean distance of the pairs i != j, []; and gradient [] -> the weights that `alongPairs` takes. */
const meanOfPairs =
  <T>(k: Kernels<T>) =>
  (squared: T): readonly [mean: T, toWeights: (gradient: T) => T] => {
    const { multiply, scale, total } = algebra(k);
    const count = axisLength(k.shapeOf(squared), 0);
    const share = 1 / pairCount(count);
    const [distances, toWeights] = rooted(k)(squared);
    return [scale(total(distances), share), (gradient) => toWeights(multiply(scale(k.constant(offDiagonal(count)), share), gradient))];
  };

/** Squared distances [N, N] -> mean distance of the pairs i != j, []. */
export const meanRoot =
  <T>(k: Kernels<T>) =>
  (squared: T): T =>
    meanOfPairs(k)(squared)[0];

/** Mean distance of the pairs i != j, with its gradient: [N, D] -> []. */
export const meanDistance =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    const [mean, toWeights] = meanOfPairs(k)(k.squaredDistances(embeddings));
    return [mean, (gradient) => alongPairs(k)(embeddings, toWeights(gradient))];
  };

/**
 * Divides the batch by the mean m of its off-diagonal distances, so that the expected distance is 1. The squared distances
 * of the result are those given over m^2: nothing is lost where two points nearly coincide far from the origin. The
 * gradient flows through the mean, dL/dm = -(dy . y + dS . 2S) / m for results y and their squares S; all that reaches a
 * distance is pulled at once. In a batch that has collapsed to one point m is the smallest distance there is, 1e-6, and
 * has no gradient; the points stay one point. A batch of one becomes 0.
 */
const train =
  <T>(k: Kernels<T>) =>
  (embeddings: T, squared: T): Headed<T> => {
    const { add, multiply, negate, reciprocalOrZero, total } = algebra(k);
    const [mean, meanToWeights] = meanOfPairs(k)(squared);
    const inverse = reciprocalOrZero(mean);
    const scaled = multiply(embeddings, inverse);
    const scaledSquares = multiply(multiply(squared, inverse), inverse);
    const [distances, toWeights] = rooted(k)(scaledSquares);
    return {
      embeddings: scaled,
      distances,
      pull: (toEmbeddings, toDistances) => {
        const own = toWeights(toDistances);
        const along = add(total(multiply(toEmbeddings, scaled)), total(multiply(own, scaledSquares)));
        const throughMean = meanToWeights(negate(multiply(along, inverse)));
        const weights = add(multiply(multiply(own, inverse), inverse), throughMean);
        return add(multiply(toEmbeddings, inverse), alongPairs(k)(embeddings, weights));
      },
    };
  };

/** The same as a function of the embeddings alone, for losses that measure distances of their own. */
export const meanDistanceHead =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    const { embeddings: scaled, pull } = train(k)(embeddings, k.squaredDistances(embeddings));
    const count = axisLength(k.shapeOf(embeddings), 0);
    return [scaled, (gradient) => pull(gradient, k.constant(zeros([count, count])))];
  };

/** Training measures against the mean distance; the embedding itself stays as the network made it. */
export const head: Head = {
  about: "divides the batch by its mean distance while training",
  train,
  evaluate: () => (embeddings) => embeddings,
};
