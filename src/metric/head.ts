/** Heads: what training makes of the raw embeddings before it measures distances (paper, learning without L2 normalisation). */
import type { Pullback } from "../autodiff/index.js";
import type { Kernels } from "../engines/index.js";
import { axisLength } from "../tensor/index.js";
import { pairwiseDistances } from "./distances.js";
import { offDiagonal, pairCount } from "./masks.js";

/** Mean distance of the pairs i != j, with its gradient: [N, D] -> []. */
export const meanDistance =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    const count = axisLength(k.shapeOf(embeddings), 0);
    const share = 1 / pairCount(count);
    const [distances, pullDistances] = pairwiseDistances(k)(embeddings);
    return [
      k.reshape(k.affine(k.reduce("sum", distances, [0, 1]), share, 0), []),
      (gradient) => pullDistances(k.zip("multiply", k.affine(k.constant(offDiagonal(count)), share, 0), gradient)),
    ];
  };

/**
 * Divides the batch by the mean of its off-diagonal distances m, so that the expected distance is 1. The gradient flows
 * through the mean: dx = dy / m + (dm/dx) * -(dy . x) / m^2. In a batch that has collapsed to one point m is the smallest
 * distance there is, 1e-6, and has no gradient; the points stay one point. A batch of one becomes 0.
 */
export const meanDistanceHead =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    const [mean, pullMean] = meanDistance(k)(embeddings);
    const inverse = k.map("reciprocalOrZero", mean);
    const scaled = k.zip("multiply", embeddings, inverse);
    return [
      scaled,
      (gradient) => {
        const along = k.reshape(k.reduce("sum", k.zip("multiply", gradient, scaled), [0, 1]), []);
        const toMean = k.map("negate", k.zip("multiply", along, inverse));
        return k.zip("add", k.zip("multiply", gradient, inverse), pullMean(toMean));
      },
    ];
  };

/** Each embedding divided by its length; dx = (dy - y (dy . y)) / |x|. A zero vector stays zero and has no gradient. */
export const l2Head =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    // Scaling by the largest component first keeps huge and tiny vectors inside the range of the squares.
    const largest = k.reduce("maximum", k.map("absolute", embeddings), [1]);
    const inverseLargest = k.map("reciprocalOrZero", largest);
    const within = k.zip("multiply", embeddings, inverseLargest);
    const lengths = k.map("squareRoot", k.reduce("sum", k.map("square", within), [1]));
    const inverse = k.map("reciprocalOrZero", lengths);
    const unit = k.zip("multiply", within, inverse);
    return [
      unit,
      (gradient) => {
        const along = k.reduce("sum", k.zip("multiply", gradient, unit), [1]);
        const across = k.zip("subtract", gradient, k.zip("multiply", unit, along));
        return k.zip("multiply", k.zip("multiply", across, inverse), inverseLargest);
      },
    ];
  };
