/** Batch normalisation (Ioffe and Szegedy 2015) over every axis but the last. */
import * as E from "fp-ts/lib/Either.js";
import type { Kernels } from "../engines/index.js";
import { shapeError } from "../faults/index.js";
import { axisLength, type Named, named, showShape, sizeOf } from "../tensor/index.js";
import type { Forward, Layer } from "./layer.js";

export interface BatchNormSettings {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share of the batch in the running statistics' next value. */
  readonly momentum: number;
}

export const usualBatchNorm: BatchNormSettings = { epsilon: 1e-5, momentum: 0.1 };

type Apply = <T>(k: Kernels<T>, parameters: Named<T>, state: Named<T>, x: T) => Forward<T>;

/** The batch's own statistics; the running ones move towards them (their variance unbiased, as PyTorch keeps it). */
const trained =
  ({ epsilon, momentum }: BatchNormSettings): Apply =>
  (k, parameters, state, x) => {
    const scale = named(parameters, "scale");
    const { y, mean, variance } = k.batchNorm(x, scale, named(parameters, "shift"), epsilon);
    const count = sizeOf(k.shapeOf(x)) / axisLength(k.shapeOf(x), -1);
    const towards = (name: string, batch: typeof mean, factor: number): typeof mean =>
      k.zip("add", k.affine(named(state, name), 1 - momentum, 0), k.affine(batch, momentum * factor, 0));
    return {
      y,
      state: { mean: towards("mean", mean, 1), variance: towards("variance", variance, count / Math.max(count - 1, 1)) },
      pull: (dy) => {
        const { x: dx, ...own } = k.batchNormPull(x, scale, mean, variance, epsilon, dy);
        return { parameters: own, x: dx };
      },
    };
  };

/** Running statistics, which are constants: y = a x + b a channel. Scale and shift train only where `trains`. */
const fixed =
  ({ epsilon }: BatchNormSettings, trains: boolean): Apply =>
  (k, parameters, state, x) => {
    const mean = named(state, "mean");
    const inverse = k.map("reciprocal", k.map("squareRoot", k.affine(named(state, "variance"), 1, epsilon)));
    const slope = k.zip("multiply", named(parameters, "scale"), inverse);
    const offset = k.zip("subtract", named(parameters, "shift"), k.zip("multiply", mean, slope));
    const sum = (values: typeof x): typeof x =>
      k.reshape(
        k.reduce(
          "sum",
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
        parameters: trains
          ? { scale: sum(k.zip("multiply", dy, k.zip("multiply", k.zip("subtract", x, mean), inverse))), shift: sum(dy) }
          : {},
        x: k.zip("multiply", dy, slope),
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
