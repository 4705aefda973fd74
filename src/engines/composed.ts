/** Kernels that follow from the primitives: each written down once, with its gradient beside it. Engines may fuse them. */
import { axisLength, sizeOf } from "../tensor/index.js";
import { algebra } from "./algebra.js";
import type { Composed, Primitives } from "./engine.js";

/** The kernels that are made of others, for engines that have no faster ones. */
export const composed = <T>(k: Primitives<T>): Composed<T> => {
  const { add, divide, multiply, positive, reciprocal, relu, scale, shift, square, squareRoot, subtract, sumOver } = algebra(k);
  const allButLast = (x: T): readonly number[] =>
    k
      .shapeOf(x)
      .slice(0, -1)
      .map((_, axis) => axis);
  const channels = (x: T): number => axisLength(k.shapeOf(x), -1);
  /** Sum over all axes but the last: [.., C] -> [C]. */
  const channelSum = (x: T): T => k.reshape(sumOver(x, allButLast(x)), [channels(x)]);
  const channelMean = (x: T): T => scale(channelSum(x), channels(x) / sizeOf(k.shapeOf(x)));
  const inverseDeviation = (variance: T, epsilon: number): T => reciprocal(squareRoot(shift(variance, epsilon)));

  const channelAffine: Composed<T>["channelAffine"] = (x, slope, offset) => add(multiply(x, slope), offset);
  const reluPull: Composed<T>["reluPull"] = (y, dy) => multiply(positive(y), dy);

  return {
    channelAffine,
    reluPull,
    addRelu: (a, b) => relu(add(a, b)),

    // y = scale * (x - mean) / sqrt(variance + epsilon) + shift
    batchNorm: (x, slope, offset, epsilon) => {
      const mean = channelMean(x);
      const centred = subtract(x, mean);
      const variance = channelMean(square(centred));
      return { y: channelAffine(centred, multiply(slope, inverseDeviation(variance, epsilon)), offset), mean, variance };
    },

    // With xhat the normalised x: dx = scale / deviation * (dy - mean(dy) - xhat * mean(dy * xhat)).
    batchNormPull: (x, slope, mean, variance, epsilon, dy) => {
      const inverse = inverseDeviation(variance, epsilon);
      const normalised = multiply(subtract(x, mean), inverse);
      const dShift = channelSum(dy);
      const dScale = channelSum(multiply(dy, normalised));
      const share = channels(x) / sizeOf(k.shapeOf(x));
      const centred = subtract(subtract(dy, scale(dShift, share)), multiply(normalised, scale(dScale, share)));
      return { x: multiply(centred, multiply(slope, inverse)), scale: dScale, shift: dShift };
    },

    // g = gradient + weightDecay * p; m, v running means of g and g^2; p - rate * (m / c1) / (sqrt(v / c2) + epsilon).
    adam: (parameter, gradient, first, second, scalars, { beta1, beta2, epsilon, weightDecay }) => {
      const g = add(gradient, scale(parameter, weightDecay));
      const m = add(scale(first, beta1), scale(g, 1 - beta1));
      const v = add(scale(second, beta2), scale(square(g), 1 - beta2));
      const mHat = divide(m, scalars.correction1);
      const vHat = divide(v, scalars.correction2);
      const step = divide(multiply(scalars.learningRate, mHat), shift(squareRoot(vHat), epsilon));
      return { parameter: subtract(parameter, step), first: m, second: v };
    },
  };
};
