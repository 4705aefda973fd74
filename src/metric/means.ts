/** Means over the entries that a mask keeps. What it keeps counts as constant. */
import type { Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";

/** The mean where the mask is 1, shape []; 0, and no gradient, where it is 1 nowhere. */
export const meanWhere =
  <T>(k: Kernels<T>, mask: T): Pullback<T, T> =>
  (values) => {
    const { multiply, reciprocalOrZero, total } = algebra(k);
    const share = reciprocalOrZero(total(mask));
    return [multiply(total(multiply(values, mask)), share), (gradient) => multiply(mask, multiply(gradient, share))];
  };

/** The mean of the hinges max(0, x) that are open, where the mask is 1: those that are not open do not count. */
export const meanOfOpen =
  <T>(k: Kernels<T>, mask: T): Pullback<T, T> =>
  (values) => {
    const { multiply, positive } = algebra(k);
    return meanWhere(k, multiply(positive(values), mask))(values);
  };
