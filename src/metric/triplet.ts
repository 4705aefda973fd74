/** The triplet loss: max(0, |a - p| - |a - n| + m), mean over the triplets. */
import type { Pullback } from "../autodiff/index.js";
import type { Kernels } from "../engines/index.js";
import { axisLength, scalar } from "../tensor/index.js";
import { pairwiseDistances, shiftedDistances } from "./distances.js";
import { classMasks } from "./masks.js";
import type { Variant } from "./statistics.js";

export interface TripletSettings {
  readonly margin: number;
  readonly variant: Variant;
}

/** PyTorch's triplet_margin_loss adds this to each component of a difference. */
export const officialEpsilon = 1e-6;

const distancesOf = <T>(k: Kernels<T>, variant: Variant): Pullback<T, T> =>
  variant === "official" ? shiftedDistances(k, officialEpsilon) : pairwiseDistances(k);

/** Sum of hinges where `mask` is 1 over their number; 0 (and no gradient) where there are none. */
const meanHinge = <T>(k: Kernels<T>, violations: T, mask: T): { readonly loss: T; readonly toViolations: (gradient: T) => T } => {
  const axes = k.shapeOf(mask).map((_, axis) => axis);
  const count = k.reshape(k.reduce("sum", mask, axes), []);
  const share = k.map("reciprocalOrZero", count);
  const total = k.reduce("sum", k.zip("multiply", k.map("relu", violations), mask), axes);
  return {
    loss: k.zip("multiply", k.reshape(total, []), share),
    toViolations: (gradient) =>
      k.zip("multiply", k.zip("multiply", k.map("positive", violations), mask), k.zip("multiply", gradient, share)),
  };
};

/**
 * Embeddings [N, D] -> loss, with labels [N] and the negative of each (anchor, positive) as indices [N, N]. Dense over
 * [N, N] and masked to the positives, so that shapes never depend on the labels.
 */
export const tripletLoss =
  <T>(k: Kernels<T>, { margin, variant }: TripletSettings) =>
  (labels: T, negativeIndices: T): Pullback<T, T> =>
  (embeddings) => {
    const count = axisLength(k.shapeOf(labels), 0);
    const { positives, negatives } = classMasks(k)(labels);
    const mask = k.zip("multiply", positives, k.reduce("maximum", negatives, [1]));
    const [distances, pullDistances] = distancesOf(k, variant)(embeddings);
    const violations = k.affine(k.zip("subtract", distances, k.pick(distances, negativeIndices)), 1, margin);
    const { loss, toViolations } = meanHinge(k, violations, mask);
    return [
      loss,
      (gradient) => {
        const toPositive = toViolations(gradient);
        return pullDistances(k.zip("subtract", toPositive, k.scatter(toPositive, negativeIndices, count)));
      },
    ];
  };

/** The same over every triplet of the batch: [N, N, N] hinges, for batches where that many fit. */
export const allTripletsLoss =
  <T>(k: Kernels<T>, { margin, variant }: TripletSettings) =>
  (labels: T): Pullback<T, T> =>
  (embeddings) => {
    const count = axisLength(k.shapeOf(labels), 0);
    const { positives, negatives } = classMasks(k)(labels);
    const mask = k.zip("multiply", k.reshape(positives, [count, count, 1]), k.reshape(negatives, [count, 1, count]));
    const [distances, pullDistances] = distancesOf(k, variant)(embeddings);
    const gaps = k.zip("subtract", k.reshape(distances, [count, count, 1]), k.reshape(distances, [count, 1, count]));
    const { loss, toViolations } = meanHinge(k, k.zip("add", gaps, k.constant(scalar(margin))), mask);
    return [
      loss,
      (gradient) => {
        const each = toViolations(gradient);
        const sum = (axis: number): T => k.reshape(k.reduce("sum", each, [axis]), [count, count]);
        return pullDistances(k.zip("subtract", sum(2), sum(1)));
      },
    ];
  };
