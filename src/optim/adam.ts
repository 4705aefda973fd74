/** Adam (Kingma and Ba 2015) with weight decay added to the gradient, as the paper trains. */
import type { AdamScalars, AdamSettings, Kernels } from "../engines/index.js";
import { scalar, type Tensor } from "../tensor/index.js";

/** PyTorch's constants, and a little decay of weights. */
export const usualAdam: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5 };

/** A parameter and its two moments. */
export interface AdamState<T> {
  readonly parameter: T;
  /** Running means of the gradient and of its square. */
  readonly first: T;
  readonly second: T;
}

/** The step's scalars, for step 1, 2, ..: learning rate and the corrections 1 - beta^step. */
export const adamScalars = (step: number, learningRate: number, { beta1, beta2 }: AdamSettings): AdamScalars<Tensor> => ({
  learningRate: scalar(learningRate),
  correction1: scalar(1 - beta1 ** step),
  correction2: scalar(1 - beta2 ** step),
});

/** One parameter's step; `Kernels.adam` states the formula. */
export const adam =
  <T>(k: Kernels<T>, settings: AdamSettings) =>
  (scalars: AdamScalars<T>) =>
  ({ parameter, first, second }: AdamState<T>, gradient: T): AdamState<T> =>
    k.adam(parameter, gradient, first, second, scalars, settings);
