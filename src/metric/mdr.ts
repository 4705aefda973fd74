/** The regularizer, L_MDR (paper, the regularizer): the mean over the pairs i != j of |dbar_ij - s_a(ij)|. */
import { algebra, type Kernels } from "../engines/index.js";
import { axisLength } from "../tensor/index.js";
import { membership, nearestLevel } from "./levels.js";
import { offDiagonal, pairCount } from "./masks.js";
import { normalise } from "./normalise.js";
import { batchStatistics, type MomentumState, updateMomentum, type Variant } from "./statistics.js";

/** Whose arithmetic, and how slowly the statistics run. */
export interface MdrSettings {
  readonly variant: Variant;
  /** Momentum of the running statistics. */
  readonly gamma: number;
}

/** L_MDR of a batch, shape [], and its gradients. */
export interface MdrResult<T> {
  readonly loss: T;
  /** The running statistics, this batch included: those the loss used. */
  readonly momentum: MomentumState<T>;
  readonly pull: (gradient: T) => { readonly distances: T; readonly levels: T };
}

/**
 * (running statistics, distances [N, N], levels [K]) -> loss. Gradients: sign(dbar_ij - s_a) / (pairs * sigma*) to each
 * distance; to each level minus the sum of sign / pairs over the pairs that belong to it. sign(0) = 0.
 */
export const mdrLoss =
  <T>(k: Kernels<T>, { variant, gamma }: MdrSettings) =>
  (before: MomentumState<T>, distances: T, levels: T): MdrResult<T> => {
    const { absolute, multiply, negate, scale, sign, subtract, sumOver, total } = algebra(k);
    const count = axisLength(k.shapeOf(distances), 0);
    const apart = k.constant(offDiagonal(count));
    const momentum = updateMomentum(k, gamma)(before, batchStatistics(k, variant)(distances));
    const [normalised, pullNormalised] = normalise(k)(momentum)(distances);
    const belongs = membership(k)(nearestLevel(k)(normalised, levels), levels);
    const nearest = k.reshape(sumOver(multiply(belongs, levels), [2]), [count, count]);
    const gaps = multiply(subtract(normalised, nearest), apart);
    const share = 1 / pairCount(count);
    return {
      loss: scale(total(absolute(gaps)), share),
      momentum,
      pull: (gradient) => {
        const signs = multiply(scale(sign(gaps), share), gradient);
        const perLevel = sumOver(multiply(belongs, k.reshape(signs, [count, count, 1])), [0, 1]);
        return { distances: pullNormalised(signs), levels: negate(k.reshape(perLevel, k.shapeOf(levels))) };
      },
    };
  };
