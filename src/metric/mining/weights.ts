/** How often each pair of a batch stands in the triplets that a miner chose, for losses of pairs. */
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength } from "../../tensor/index.js";
import { type ClassMasks, classMasks } from "../masks.js";
import type { Triplets } from "./miner.js";

export interface PairWeights<T> {
  /** [N, N]: triplets with this anchor and this positive. */
  readonly positives: T;
  /** [N, N]: triplets with this anchor and this negative. */
  readonly negatives: T;
}

/** 1 at the (anchor, positive) that have a triplet of their own, [N, N]. */
export const chosenPairs =
  <T>(k: Kernels<T>) =>
  ({ positives, negatives }: ClassMasks<T>, pairs?: T): T => {
    const { largestOver, multiply } = algebra(k);
    const all = multiply(positives, largestOver(negatives, [1]));
    return pairs === undefined ? all : multiply(all, pairs);
  };

/** Every triplet of the batch is counted by its two pairs, never listed. */
export const pairWeights =
  <T>(k: Kernels<T>) =>
  (labels: T, triplets: Triplets<T>): PairWeights<T> => {
    const { multiply, sumOver } = algebra(k);
    const masks = classMasks(k)(labels);
    if (triplets.kind === "one") {
      const positives = chosenPairs(k)(masks, triplets.pairs);
      return { positives, negatives: k.scatter(positives, triplets.negatives, axisLength(k.shapeOf(labels), 0)) };
    }
    const { positives, negatives } = masks;
    return {
      positives: multiply(positives, sumOver(negatives, [1])),
      negatives: multiply(negatives, sumOver(positives, [1])),
    };
  };
