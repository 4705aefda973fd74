/** Normalised distances (paper, the regularizer): dbar_ij = (d_ij - mu*) / sigma*. */
import type { Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";
import type { Statistics } from "./statistics.js";

/** mu* and sigma* are constants for the gradient. A deviation of 0 (all distances equal) gives 0, not NaN. */
export const normalise =
  <T>(k: Kernels<T>) =>
  ({ mean, deviation }: Statistics<T>): Pullback<T, T> => {
    const { multiply, reciprocalOrZero, subtract } = algebra(k);
    const inverse = reciprocalOrZero(deviation);
    return (distances) => [multiply(subtract(distances, mean), inverse), (gradient) => multiply(gradient, inverse)];
  };
