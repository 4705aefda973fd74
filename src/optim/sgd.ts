/** Stochastic gradient descent with momentum: v <- momentum v + (gradient + decay p); p <- p - rate v. */
import type { Kernels } from "../engines/index.js";

export interface SgdSettings {
  readonly momentum: number;
  /** Added to the gradient, times the parameter. */
  readonly weightDecay: number;
}

export interface SgdState<T> {
  readonly parameter: T;
  /** Zero before the first step. */
  readonly velocity: T;
}

export const sgd =
  <T>(k: Kernels<T>, { momentum, weightDecay }: SgdSettings) =>
  (learningRate: T) =>
  ({ parameter, velocity }: SgdState<T>, gradient: T): SgdState<T> => {
    const decayed = k.zip("add", gradient, k.affine(parameter, weightDecay, 0));
    const next = k.zip("add", k.affine(velocity, momentum, 0), decayed);
    return { parameter: k.zip("subtract", parameter, k.zip("multiply", learningRate, next)), velocity: next };
  };
