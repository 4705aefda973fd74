/** The triplet loss: max(0, |a - p| - |a - n| + m), mean over the triplets. */
import { compose, type Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, type Named } from "../../tensor/index.js";
import type { Batch, Judged } from "../criterion.js";
import { pairwiseDistances, shiftedDistances } from "../distances.js";
import { classMasks } from "../masks.js";
import type { Triplets } from "../mining/miner.js";
import { chosenPairs } from "../mining/weights.js";
import type { Variant } from "../statistics.js";
import { describeLoss } from "./loss.js";
import { tripletMargin } from "./margins.js";

/** The margin, and whose arithmetic. */
export interface TripletSettings {
  readonly margin: number;
  readonly variant: Variant;
}

/** PyTorch's triplet_margin_loss adds this to each component of a difference. */
export const officialEpsilon = 1e-6;

const distancesOf = <T>(k: Kernels<T>, variant: Variant): Pullback<T, T> =>
  variant === "official" ? shiftedDistances(k, officialEpsilon) : pairwiseDistances(k);

/** Violations and a mask of the same shape -> the mean of the hinges where the mask is 1; 0, and no gradient, where there are none. */
const meanHinge =
  <T>(k: Kernels<T>, mask: T): Pullback<T, T> =>
  (violations) => {
    const { multiply, positive, reciprocalOrZero, relu, total } = algebra(k);
    const share = reciprocalOrZero(total(mask));
    return [
      multiply(total(multiply(relu(violations), mask)), share),
      (gradient) => multiply(multiply(positive(violations), mask), multiply(gradient, share)),
    ];
  };

/** Distances [N, N] -> loss, with the negative of each (anchor, column). Dense and masked to the positives, so that shapes never depend on the labels. */
const overChosen =
  <T>(k: Kernels<T>, margin: number) =>
  (labels: T, negativeIndices: T, pairs?: T): Pullback<T, T> =>
  (distances) => {
    const { shift, subtract } = algebra(k);
    const count = axisLength(k.shapeOf(labels), 0);
    const mask = chosenPairs(k)(classMasks(k)(labels), pairs);
    const [loss, toViolations] = meanHinge(k, mask)(shift(subtract(distances, k.pick(distances, negativeIndices)), margin));
    return [
      loss,
      (gradient) => {
        const toPositive = toViolations(gradient);
        return subtract(toPositive, k.scatter(toPositive, negativeIndices, count));
      },
    ];
  };

/** The same over every triplet of the batch: [N, N, N] hinges. */
const overAll =
  <T>(k: Kernels<T>, margin: number) =>
  (labels: T): Pullback<T, T> =>
  (distances) => {
    const { multiply, shift, subtract, sumOver } = algebra(k);
    const count = axisLength(k.shapeOf(labels), 0);
    const { positives, negatives } = classMasks(k)(labels);
    const [toPositive, toNegative] = [[count, count, 1] as const, [count, 1, count] as const];
    const mask = multiply(k.reshape(positives, toPositive), k.reshape(negatives, toNegative));
    const gaps = subtract(k.reshape(distances, toPositive), k.reshape(distances, toNegative));
    const [loss, toViolations] = meanHinge(k, mask)(shift(gaps, margin));
    return [
      loss,
      (gradient) => {
        const each = toViolations(gradient);
        const along = (axis: number): T => k.reshape(sumOver(each, [axis]), [count, count]);
        return subtract(along(2), along(1));
      },
    ];
  };

/** Embeddings [N, D] -> loss, with labels [N] and the negative of each (anchor, positive) as indices [N, N]. */
export const tripletLoss =
  <T>(k: Kernels<T>, { margin, variant }: TripletSettings) =>
  (labels: T, negativeIndices: T): Pullback<T, T> =>
    compose(overChosen(k, margin)(labels, negativeIndices))(distancesOf(k, variant));

/** Embeddings [N, D] -> loss over every triplet of the batch, for batches where N^3 hinges fit. */
export const allTripletsLoss =
  <T>(k: Kernels<T>, { margin, variant }: TripletSettings) =>
  (labels: T): Pullback<T, T> =>
    compose(overAll(k, margin)(labels))(distancesOf(k, variant));

export const loss = describeLoss({
  about: "max(0, |a - p| - |a - n| + margin) over the triplets that the miner chooses",
  settings: tripletMargin,
  build: ({ margin }, { variant, miner }) => ({
    parameters: {},
    state: {},
    parts: {},
    draws: miner.draws,
    forward:
      <T>(k: Kernels<T>) =>
      (_parameters: Named<T>, state: Named<T>, batch: Batch<T>): Judged<T> => {
        const over = (triplets: Triplets<T>): Pullback<T, T> =>
          triplets.kind === "all"
            ? overAll(k, margin)(batch.labels)
            : overChosen(k, margin)(batch.labels, triplets.negatives, triplets.pairs);
        const ofDistances = over(miner.mine(k, variant)(batch));
        if (variant === "official") {
          const [loss, pull] = compose(ofDistances)(distancesOf(k, variant))(batch.embeddings);
          return { loss, parts: {}, state, pull: (gradient) => ({ parameters: {}, embeddings: pull(gradient) }) };
        }
        const [loss, pull] = ofDistances(batch.distances);
        return { loss, parts: {}, state, pull: (gradient) => ({ parameters: {}, distances: pull(gradient) }) };
      },
  }),
});
