/** Pairwise Euclidean distances of a batch: d_ij = |e_i - e_j|. */
import type { Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";
import { axisLength } from "../tensor/index.js";
import { offDiagonal } from "./masks.js";

/** Under this squared distance two points coincide: their distance is its root, and has no gradient. */
export const squaredFloor = 1e-12;

/** The same for shifted distances. Coincident points are at D * 1e-12 there, well above it. */
const shiftedSquaredFloor = 1e-14;

/**
 * The gradient of a sum of g_ij |e_i - e_j| in the embeddings, from weights w_ij = g_ij / d_ij: row i is the sum over j of
 * (w_ij + w_ji) (e_i - e_j). Of nearly coincident points one weight is huge and the difference tiny: summed from the
 * differences, never as (sum of weights) e_i - W e, which cancels.
 */
export const alongPairs =
  <T>(k: Kernels<T>) =>
  (embeddings: T, weights: T): T =>
    k.alongDifferences(algebra(k).add(weights, k.transpose(weights)), embeddings);

/**
 * Squared distances [N, N] -> distances [N, N]: sqrt(max(d^2, 1e-12)), 0 on the diagonal; and gradient -> the weights that
 * `alongPairs` takes, g_ij / d_ij, 0 where two points coincide, never NaN. (Half a weight is the gradient in the square.)
 */
export const rooted =
  <T>(k: Kernels<T>) =>
  (squared: T): readonly [distances: T, toWeights: (gradient: T) => T] => {
    const { less, maximum, multiply, number, reciprocalOrZero, squareRoot } = algebra(k);
    const apart = k.constant(offDiagonal(axisLength(k.shapeOf(squared), 0)));
    const floor = number(squaredFloor);
    const distances = multiply(squareRoot(maximum(squared, floor)), apart);
    const live = less(floor, squared);
    return [distances, (gradient) => multiply(multiply(gradient, live), reciprocalOrZero(distances))];
  };

/**
 * Embeddings [N, D] -> distances [N, N]: sqrt(max(|e_i - e_j|^2, 1e-12)), 0 on the diagonal.
 * Gradient: (e_i - e_j) / d_ij, and 0 where two points coincide, never NaN.
 */
export const pairwiseDistances =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    const [distances, toWeights] = rooted(k)(k.squaredDistances(embeddings));
    return [distances, (gradient) => alongPairs(k)(embeddings, toWeights(gradient))];
  };

/**
 * Distances with `epsilon` added to each component of the difference: |e_i - e_j + epsilon|, as PyTorch's
 * triplet_margin_loss has them (the `official` variant). Not symmetric, and epsilon * sqrt(D) on the diagonal.
 * Gradient: (e_i - e_j + epsilon) / its length; 0 where that length is lost in rounding (all differences near -epsilon),
 * for float32 would make it a multiple of the true one, whose length is 1.
 */
export const shiftedDistances =
  <T>(k: Kernels<T>, epsilon: number): Pullback<T, T> =>
  (embeddings) => {
    const { add, divide, less, maximum, multiply, number, scale, squareRoot, subtract, sumOver } = algebra(k);
    const squared = k.squaredDistances(embeddings, epsilon);
    const floor = number(shiftedSquaredFloor);
    const distances = squareRoot(maximum(squared, floor));
    const live = less(floor, squared);
    return [
      distances,
      (gradient) => {
        const weights = divide(multiply(gradient, live), distances);
        const outward = subtract(sumOver(weights, [1]), sumOver(k.transpose(weights), [1]));
        return add(alongPairs(k)(embeddings, weights), scale(outward, epsilon));
      },
    ];
  };
