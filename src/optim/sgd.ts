/** Stochastic gradient descent with momentum: v <- momentum v + (gradient + decay p); p <- p - rate v. */
import { algebra, type Kernels } from "../engines/index.js";

/** The constants of gradient descent with momentum. */
export interface SgdSettings {
  readonly momentum: number;
  /** Added to the gradient, times the parameter. */
  readonly weightDecay: number;
}

/** A parameter and its velocity. */
export interface SgdState<T> {
  readonly parameter: T;
  /** Zero before the first step. */
  readonly velocity: T;
}

/** PyTorch's SGD: v <- momentum v + (g + weightDecay p); p <- p - learningRate v. The rate has shape []. */
export const sgd =
  <T>(k: Kernels<T>, { momentum, weightDecay }: SgdSettings) =>
  (learningRate: T) =>
  ({ parameter, velocity }: SgdState<T>, gradient: T): SgdState<T> => {
    const { add, multiply, scale, subtract } = algebra(k);
    const decayed = add(gradient, scale(parameter, weightDecay));
    const next = add(scale(velocity, momentum), decayed);
    return { parameter: subtract(parameter, multiply(learningRate, next)), velocity: next };
  };
