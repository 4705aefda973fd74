/** Batch normalisation (Ioffe and Szegedy 2015) over every axis but the last. */
import * as E from "fp-ts/lib/Either.js";
import { algebra, type Kernels } from "../engines/index.js";
import { shapeError } from "../faults/index.js";
import { axisLength, type Named, named, showShape, sizeOf } from "../tensor/index.js";
import type { Forward, Layer } from "./layer.js";

/** The constants of batch normalisation. */
export interface BatchNormSettings {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share of the batch in the running statistics' next value. */
  readonly momentum: number;
}

/** PyTorch's constants. */
export const usualBatchNorm: BatchNormSettings = { epsilon: 1e-5, momentum: 0.1 };

type Apply = <T>(k: Kernels<T>, parameters: Named<T>, state: Named<T>, x: T) => Forward<T>;

/** The batch's own statistics; the running ones move towards them (their variance unbiased, as PyTorch keeps it). */
const trained =
  ({ epsilon, momentum }: BatchNormSettings): Apply =>
  (k, parameters, state, x) => {
    const { add, scale } = algebra(k);
    const slope = named(parameters, "scale");
    const { y, mean, variance } = k.batchNorm(x, slope, named(parameters, "shift"), epsilon);
    const count = sizeOf(k.shapeOf(x)) / axisLength(k.shapeOf(x), -1);
    const towards = (name: string, batch: typeof mean, factor: number): typeof mean =>
      add(scale(named(state, name), 1 - momentum), scale(batch, momentum * factor));
    return {
      y,
      state: { mean: towards("mean", mean, 1), variance: towards("variance", variance, count / Math.max(count - 1, 1)) },
      pull: (dy) => {
        const { x: dx, ...own } = k.batchNormPull(x, slope, mean, variance, epsilon, dy);
        return { parameters: own, x: dx };
      },
    };
  };

/** Running statistics, which are constants: y = a x + b a channel. Scale and shift train only where `trains`. */
const fixed =
  ({ epsilon }: BatchNormSettings, trains: boolean): Apply =>
  (k, parameters, state, x) => {
    const { multiply, reciprocal, shift, squareRoot, subtract, sumOver } = algebra(k);
    const mean = named(state, "mean");
    const inverse = reciprocal(squareRoot(shift(named(state, "variance"), epsilon)));
    const slope = multiply(named(parameters, "scale"), inverse);
    const offset = subtract(named(parameters, "shift"), multiply(mean, slope));
    const sum = (values: typeof x): typeof x =>
      k.reshape(
        sumOver(
          values,
          k
            .shapeOf(values)
            .slice(0, -1)
            .map((_, axis) => axis),
        ),
        k.shapeOf(mean),
      );
    return {
      y: k.channelAffine(x, slope, offset),
      state,
      pull: (dy) => ({
        parameters: trains ? { scale: sum(multiply(dy, multiply(subtract(x, mean), inverse))), shift: sum(dy) } : {},
        x: multiply(dy, slope),
      }),
    };
  };

/** [.., C] -> [.., C]: scale * (x - mean) / sqrt(variance + epsilon) + shift. See `Mode` for whose statistics. */
export const batchNorm = (channels: number, settings: BatchNormSettings = usualBatchNorm): Layer => {
  const each = (value: number) => ({ shape: [channels], initialisation: { kind: "constant", value } as const });
  return {
    parameters: { scale: each(1), shift: each(0) },
    state: { mean: each(0), variance: each(1) },
    outputShape: (input) =>
      axisLength(input, -1) === channels
        ? E.right(input)
        : E.left(shapeError(`batchNorm: expects ${channels} channels on the last axis of ${showShape(input)}`)),
    multiplyAdds: (input) => sizeOf(input),
    forward: (k, mode) => {
      const apply = mode === "train" ? trained(settings) : fixed(settings, mode === "frozen");
      return (parameters, state, x) => apply(k, parameters, state, x);
    },
  };
};
