/**
 * The circle loss (Sun et al. 2020) of cosines S, for each anchor that has a positive and a negative:
 * log(1 + sum_n exp(gamma a_n (S_n - m)) sum_p exp(-gamma a_p (S_p - (1 - m)))), a_p = max(0, 1 + m - S_p),
 * a_n = max(0, S_n + m); the mean over those anchors. The weights a are constants for the gradient. 0 without such an anchor.
 */
import { z } from "zod";
import { algebra, type Kernels } from "../../engines/index.js";
import { positive } from "../../settings/index.js";
import type { Named } from "../../tensor/index.js";
import type { Batch, Judged } from "../criterion.js";
import { logSumExp, softplus } from "../logSumExp.js";
import { type ClassMasks, classMasks, completeAnchors } from "../masks.js";
import { meanWhere } from "../means.js";
import { cosines } from "../similarity.js";
import { describeLoss } from "./loss.js";

/** Cosines [N, N] -> the weight of each pair [N, N]: how far a positive is from 1 + m, and a negative from -m. */
const pairWeights =
  <T>(k: Kernels<T>, margin: number) =>
  ({ negatives }: ClassMasks<T>, similarities: T): T => {
    const { relu, shift, where } = algebra(k);
    return where(negatives, relu(shift(similarities, margin)), relu(k.affine(similarities, -1, 1 + margin)));
  };

/** Cosines [N, N] and the weights of the pairs [N, N] -> loss, and its gradient in the cosines. */
const weightedLoss =
  <T>(k: Kernels<T>, margin: number, gamma: number) =>
  (masks: ClassMasks<T>, similarities: T, weights: T): readonly [loss: T, pull: (gradient: T) => T] => {
    const { add, multiply, scale, shift, subtract } = algebra(k);
    const sharp = scale(weights, gamma);
    const [near, pullNear] = logSumExp(k, masks.positives)(multiply(sharp, k.affine(similarities, -1, 1 - margin)));
    const [far, pullFar] = logSumExp(k, masks.negatives)(multiply(sharp, shift(similarities, -margin)));
    const [each, pullEach] = softplus(k)(add(near, far));
    const [loss, pullMean] = meanWhere(k, completeAnchors(k)(masks))(each);
    return [
      loss,
      (gradient) => {
        const toBoth = pullEach(pullMean(gradient));
        return multiply(sharp, subtract(pullFar(toBoth), pullNear(toBoth)));
      },
    ];
  };

export const loss = describeLoss({
  about: "pairs weighted by how far their cosines are from where they should be",
  settings: {
    circleMargin: z.number().default(0.4).describe("relaxation m of the circle loss"),
    circleGamma: positive().default(80).describe("scale of the circle loss"),
  },
  build: ({ circleMargin, circleGamma }) => ({
    parameters: {},
    state: {},
    parts: {},
    draws: () => ({}),
    forward:
      <T>(k: Kernels<T>) =>
      (_: Named<T>, state: Named<T>, { embeddings, labels, held }: Batch<T>): Judged<T> => {
        const [similarities, pullSimilarities] = cosines(k)(embeddings);
        const masks = classMasks(k)(labels);
        const weights = held?.weights ?? pairWeights(k, circleMargin)(masks, similarities);
        const [loss, pull] = weightedLoss(k, circleMargin, circleGamma)(masks, similarities, weights);
        return {
          loss,
          parts: {},
          state,
          held: { weights },
          pull: (gradient) => ({ parameters: {}, embeddings: pullSimilarities(pull(gradient)) }),
        };
      },
  }),
});
