/** Which pairs of a batch count: masks [N, N] of 1 and 0. Row: anchor. */
import { algebra, type Kernels } from "../engines/index.js";
import { generate, type Tensor } from "../tensor/index.js";

/** 1 for i != j. */
export const offDiagonal = (count: number): Tensor => generate([count, count], (flat) => (flat % (count + 1) === 0 ? 0 : 1));

/** How many ordered pairs i != j a batch has; 1 at least, so that a mean over no pair is 0 and not NaN. */
export const pairCount = (count: number): number => Math.max(count * (count - 1), 1);

/** Which pairs are of one class and which of two, [N, N] of 0 and 1. */
export interface ClassMasks<T> {
  /** Same class, and not the anchor itself. */
  readonly positives: T;
  /** Another class. */
  readonly negatives: T;
}

/** labels [N] -> masks [N, N] */
export const classMasks =
  <T>(k: Kernels<T>) =>
  (labels: T): ClassMasks<T> => {
    const { equal, multiply, not } = algebra(k);
    const count = k.shapeOf(labels)[0] ?? 0;
    const same = equal(k.reshape(labels, [count, 1]), k.reshape(labels, [1, count]));
    return { positives: multiply(same, k.constant(offDiagonal(count))), negatives: not(same) };
  };

/** Masks [N, N] -> 1 for each anchor that has both a positive and a negative, [N, 1]. */
export const completeAnchors =
  <T>(k: Kernels<T>) =>
  ({ positives, negatives }: ClassMasks<T>): T => {
    const { largestOver, multiply } = algebra(k);
    return multiply(largestOver(positives, [1]), largestOver(negatives, [1]));
  };
