/**
 * The lifted structure loss (Oh Song et al. 2016), generalised to all positives of an anchor (Hermans et al. 2017, L_LG):
 * max(0, log sum_p exp(d_p - m_pos) + log sum_n exp(m_neg - d_n)), the mean over the anchors that have both. 0 without one.
 */
import type { Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { logSumExp } from "../logSumExp.js";
import { classMasks, completeAnchors } from "../masks.js";
import { meanWhere } from "../means.js";
import { describeLoss } from "./loss.js";
import { type PairMargins, pairMargins } from "./margins.js";
import { ofDistances } from "./pairs.js";

/** Distances [N, N] -> loss. */
const liftedStructureLoss =
  <T>(k: Kernels<T>, { positiveMargin, negativeMargin }: PairMargins) =>
  (labels: T): Pullback<T, T> =>
  (distances) => {
    const { add, multiply, positive, relu, shift, subtract } = algebra(k);
    const masks = classMasks(k)(labels);
    const [near, pullNear] = logSumExp(k, masks.positives)(shift(distances, -positiveMargin));
    const [far, pullFar] = logSumExp(k, masks.negatives)(k.affine(distances, -1, negativeMargin));
    const gaps = add(near, far);
    const [loss, pullMean] = meanWhere(k, completeAnchors(k)(masks))(relu(gaps));
    return [
      loss,
      (gradient) => {
        const toBoth = multiply(pullMean(gradient), positive(gaps));
        return subtract(pullNear(toBoth), pullFar(toBoth));
      },
    ];
  };

export const loss = describeLoss({
  about: "each anchor's positives against its negatives, softly the farthest against the nearest",
  settings: pairMargins,
  build: (margins) => ofDistances((k, labels) => liftedStructureLoss(k, margins)(labels)),
});
