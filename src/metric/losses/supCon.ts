/**
 * The supervised contrastive loss (Khosla et al. 2020, L_out) of cosines S: for each anchor with a positive the mean over its
 * positives of -log(exp(S_p / t) / sum_a exp(S_a / t)), a being all others of the batch; the mean over those anchors. 0 without one.
 */
import { compose, type Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { positive } from "../../settings/index.js";
import { axisLength } from "../../tensor/index.js";
import { logSumExp } from "../logSumExp.js";
import { classMasks, offDiagonal } from "../masks.js";
import { meanWhere } from "../means.js";
import { cosines } from "../similarity.js";
import { describeLoss } from "./loss.js";
import { ofEmbeddings } from "./pairs.js";

/** Cosines [N, N] -> loss. */
const supConLoss =
  <T>(k: Kernels<T>, temperature: number) =>
  (labels: T): Pullback<T, T> =>
  (similarities) => {
    const { largestOver, multiply, reciprocalOrZero, scale, subtract, sumOver } = algebra(k);
    const { positives } = classMasks(k)(labels);
    const shares = multiply(positives, reciprocalOrZero(sumOver(positives, [1])));
    const logits = scale(similarities, 1 / temperature);
    // The positives' mean is taken away before the sum and not after: where they prevail, the loss is small and neither of the two is.
    const gaps = subtract(logits, sumOver(multiply(logits, shares), [1]));
    const [each, pullGaps] = logSumExp(k, k.constant(offDiagonal(axisLength(k.shapeOf(labels), 0))))(gaps);
    const [loss, pullMean] = meanWhere(k, largestOver(positives, [1]))(each);
    return [
      loss,
      (gradient) => {
        const toAnchors = pullMean(gradient);
        return scale(subtract(pullGaps(toAnchors), multiply(shares, toAnchors)), 1 / temperature);
      },
    ];
  };

export const loss = describeLoss({
  about: "each anchor's positives by their share of similarity among all others",
  settings: { supConTemperature: positive().default(0.1).describe("temperature of the supervised contrastive loss") },
  build: ({ supConTemperature }) => ofEmbeddings((k, labels) => compose(supConLoss(k, supConTemperature)(labels))(cosines(k))),
});
