/**
 * The contrastive loss (Hadsell, Chopra and LeCun 2006, with hinges that are not squared): max(0, d_p - m_pos) over positive
 * pairs and max(0, m_neg - d_n) over negative pairs, the mean of those that are open, each by itself, added up. 0 where none is.
 */
import type { Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { classMasks } from "../masks.js";
import { meanOfOpen } from "../means.js";
import { describeLoss } from "./loss.js";
import { type PairMargins, pairMargins } from "./margins.js";
import { ofDistances } from "./pairs.js";

/** Distances [N, N] -> loss. */
const contrastiveLoss =
  <T>(k: Kernels<T>, { positiveMargin, negativeMargin }: PairMargins) =>
  (labels: T): Pullback<T, T> =>
  (distances) => {
    const { add, shift, subtract } = algebra(k);
    const { positives, negatives } = classMasks(k)(labels);
    const [near, pullNear] = meanOfOpen(k, positives)(shift(distances, -positiveMargin));
    const [far, pullFar] = meanOfOpen(k, negatives)(k.affine(distances, -1, negativeMargin));
    return [add(near, far), (gradient) => subtract(pullNear(gradient), pullFar(gradient))];
  };

export const loss = describeLoss({
  about: "positives nearer than positiveMargin, negatives farther than negativeMargin",
  settings: pairMargins,
  build: (margins) => ofDistances((k, labels) => contrastiveLoss(k, margins)(labels)),
});
