/**
 * What a miner is: it gives each ordered pair (anchor, positive) its negative (paper, training details). Dense: an index for
 * every (anchor, column) of [N, N]; those at columns that are no positives are never looked at. Randomness comes in as
 * data, and no gradient flows through a choice.
 */
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, generate, type Named, type Shape, zeros } from "../../tensor/index.js";
import type { Batch } from "../criterion.js";
import type { Variant } from "../statistics.js";

/** The triplets that count. */
export type Triplets<T> =
  | {
      readonly kind: "one";
      /** The negative of each (anchor, column), [N, N]. */
      readonly negatives: T;
      /** 1 at the (anchor, column) that count, of those that are positives, [N, N]; all of them where it is left out. */
      readonly pairs?: T | undefined;
    }
  /** Every triplet of the batch. */
  | { readonly kind: "all" };

/** What chooses the triplets of a batch. */
export interface Miner {
  /** What it does, in words. */
  readonly about: string;
  /** The random numbers wanted for a batch of so many. */
  readonly draws: (count: number) => Named<Shape>;
  readonly mine: <T>(k: Kernels<T>, variant: Variant) => (batch: Batch<T>) => Triplets<T>;
}

/** Farther than any distance of a batch: what a masked entry counts as. Exactly representable in float32 sums. */
export const beyond = 2 ** 100;

/** The same index in every column: [N, 1] -> [N, N]. */
export const inEveryColumn =
  <T>(k: Kernels<T>) =>
  (index: T, count: number): T =>
    algebra(k).add(index, k.constant(zeros([count, count])));

/** What a miner that draws asks for: a number for each (anchor, column). */
export const uniformDraws = (count: number): Named<Shape> => ({ miner: [count, count] });

/** A column for each anchor [N, 1] -> 1 there, 0 elsewhere: [N, N]. */
export const onePositive =
  <T>(k: Kernels<T>) =>
  (index: T): T => {
    const count = axisLength(k.shapeOf(index), 0);
    return algebra(k).equal(index, k.constant(generate([1, count], (flat) => flat)));
  };
