/** The levels s_1 .. s_K: which one a distance belongs to, and their decay (paper, and the last term of its objective). */
import type { Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";
import { axisLength, generate } from "../tensor/index.js";

/** Normalised distances [N, N] and levels [K] -> index of the nearest level [N, N]; of two as near, the lower index. */
export const nearestLevel =
  <T>(k: Kernels<T>) =>
  (normalised: T, levels: T): T => {
    const { absolute, subtract } = algebra(k);
    const shape = k.shapeOf(normalised);
    const gaps = absolute(subtract(k.reshape(normalised, [...shape, 1]), levels));
    return k.reshape(k.argMinimum(gaps), shape);
  };

/** Indices [N, N] -> 1 at the level each pair belongs to, 0 at the others: [N, N, K]. */
export const membership =
  <T>(k: Kernels<T>) =>
  (indices: T, levels: T): T => {
    const count = axisLength(k.shapeOf(levels), 0);
    return algebra(k).equal(k.reshape(indices, [...k.shapeOf(indices), 1]), k.constant(generate([count], (level) => level)));
  };

/** nu * sum_k s_k^2; gradient 2 nu s_k. */
export const levelDecay =
  <T>(k: Kernels<T>, nu: number): Pullback<T, T> =>
  (levels) => {
    const { multiply, scale, square, total } = algebra(k);
    return [scale(total(square(levels)), nu), (gradient) => multiply(scale(levels, 2 * nu), gradient)];
  };
