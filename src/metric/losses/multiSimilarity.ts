/**
 * The multi-similarity loss (Wang et al. 2019) of cosines S: for each anchor log(1 + sum_p exp(-alpha (S_p - base))) / alpha +
 * log(1 + sum_n exp(beta (S_n - base))) / beta, the mean over the batch. By default over all pairs, as pytorch-metric-learning
 * has it; with its paper's mining over positives less similar than the most similar negative plus epsilon, and negatives more
 * similar than the least similar positive less epsilon. A part without a pair is 0.
 */
import { z } from "zod";
import { compose, type Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { positive } from "../../settings/index.js";
import { axisLength } from "../../tensor/index.js";
import { logOnePlusSumExp } from "../logSumExp.js";
import { type ClassMasks, classMasks } from "../masks.js";
import { beyond } from "../mining/miner.js";
import { cosines } from "../similarity.js";
import { describeLoss } from "./loss.js";
import { ofEmbeddings } from "./pairs.js";

/** The pairs that the paper mines. Of an anchor that lacks one kind, none. */
const mined =
  <T>(k: Kernels<T>, epsilon: number) =>
  ({ positives, negatives }: ClassMasks<T>, similarities: T): ClassMasks<T> => {
    const { largestOver, less, multiply, negate, number, shift, where } = algebra(k);
    const nearest = largestOver(where(negatives, similarities, number(-beyond)), [1]);
    const farthest = negate(largestOver(where(positives, negate(similarities), number(-beyond)), [1]));
    return {
      positives: multiply(positives, less(shift(similarities, -epsilon), nearest)),
      negatives: multiply(negatives, less(farthest, shift(similarities, epsilon))),
    };
  };

interface Settings {
  readonly alpha: number;
  readonly beta: number;
  readonly base: number;
  /** Undefined: every pair counts. */
  readonly epsilon: number | undefined;
}

/** Cosines [N, N] -> loss. */
const multiSimilarityLoss =
  <T>(k: Kernels<T>, { alpha, beta, base, epsilon }: Settings) =>
  (labels: T): Pullback<T, T> =>
  (similarities) => {
    const { add, mean, scale, subtract } = algebra(k);
    const all = classMasks(k)(labels);
    const { positives, negatives } = epsilon === undefined ? all : mined(k, epsilon)(all, similarities);
    const [near, pullNear] = logOnePlusSumExp(k, positives)(k.affine(similarities, -alpha, alpha * base));
    const [far, pullFar] = logOnePlusSumExp(k, negatives)(k.affine(similarities, beta, -beta * base));
    return [
      mean(add(scale(near, 1 / alpha), scale(far, 1 / beta))),
      (gradient) => {
        const each = scale(gradient, 1 / Math.max(1, axisLength(k.shapeOf(labels), 0)));
        return subtract(pullFar(each), pullNear(each));
      },
    ];
  };

export const loss = describeLoss({
  about: "soft weights on all pairs by their cosines, positives against multiSimilarityAlpha and negatives against multiSimilarityBeta",
  settings: {
    multiSimilarityAlpha: positive().default(2).describe("sharpness of the multi-similarity loss on positives"),
    multiSimilarityBeta: positive().default(50).describe("sharpness of the multi-similarity loss on negatives"),
    multiSimilarityBase: z.number().default(0.5).describe("cosine that positives should be above and negatives below"),
    multiSimilarityMining: z
      .enum(["off", "on"])
      .default("off")
      .describe("take only the pairs that the multi-similarity loss's paper mines, not all"),
    multiSimilarityEpsilon: z.number().default(0.1).describe("how much easier than the hardest a pair may be that this mining takes"),
  },
  build: (own) => {
    const settings = {
      alpha: own.multiSimilarityAlpha,
      beta: own.multiSimilarityBeta,
      base: own.multiSimilarityBase,
      epsilon: own.multiSimilarityMining === "on" ? own.multiSimilarityEpsilon : undefined,
    };
    return ofEmbeddings((k, labels) => compose(multiSimilarityLoss(k, settings)(labels))(cosines(k)));
  },
});
