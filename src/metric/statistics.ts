/**
 * Mean and deviation of a batch's distances, and their running values (paper: mu* and sigma*).
 * Both are constants for the gradient.
 */
import { algebra, type Kernels } from "../engines/index.js";
import { axisLength } from "../tensor/index.js";
import { offDiagonal, pairCount } from "./masks.js";

/** `paper`: the formulas as printed. `official`: the authors' published code, number for number. */
export type Variant = "paper" | "official";

/** Scalars, shape []. */
export interface Statistics<T> {
  readonly mean: T;
  readonly deviation: T;
}

/** Running statistics; `seen` is 0 before the first batch, then 1. Scalars, shape []. */
export interface MomentumState<T> extends Statistics<T> {
  readonly seen: T;
}

/**
 * Distances [N, N] -> mean mu and standard deviation sigma.
 * paper: over the N(N-1) pairs i != j, dividing by their number.
 * official: over all N^2 entries, the zero diagonal included; sigma divides by N^2 - 1.
 */
export const batchStatistics =
  <T>(k: Kernels<T>, variant: Variant) =>
  (distances: T): Statistics<T> => {
    const { multiply, scale, square, squareRoot, subtract, total } = algebra(k);
    const count = axisLength(k.shapeOf(distances), 0);
    const official = variant === "official";
    const entries = official ? Math.max(count * count, 1) : pairCount(count);
    const mean = scale(total(distances), 1 / entries);
    const centred = subtract(distances, mean);
    const counted = official ? centred : multiply(centred, k.constant(offDiagonal(count)));
    const variance = scale(total(square(counted)), 1 / (official ? Math.max(entries - 1, 1) : entries));
    return { mean, deviation: squareRoot(variance) };
  };

/** mu* <- gamma mu* + (1 - gamma) mu, sigma* likewise; the first batch initialises both (gamma counts as 0 until one was seen). */
export const updateMomentum =
  <T>(k: Kernels<T>, gamma: number) =>
  (state: MomentumState<T>, batch: Statistics<T>): MomentumState<T> => {
    const { add, multiply, not, scale } = algebra(k);
    const keep = scale(state.seen, gamma);
    const blend = (old: T, now: T): T => add(multiply(keep, old), multiply(not(keep), now));
    return {
      mean: blend(state.mean, batch.mean),
      deviation: blend(state.deviation, batch.deviation),
      seen: k.affine(state.seen, 0, 1),
    };
  };
