/** Kernels that follow from the primitives: each written down once, with its gradient beside it. Engines may fuse them. */
import { axisLength, sizeOf } from "../tensor/index.js";
import type { Composed, Primitives } from "./engine.js";

export const composed = <T>(k: Primitives<T>): Composed<T> => {
  const add = (a: T, b: T): T => k.zip("add", a, b);
  const subtract = (a: T, b: T): T => k.zip("subtract", a, b);
  const multiply = (a: T, b: T): T => k.zip("multiply", a, b);
  const allButLast = (x: T): readonly number[] =>
    k
      .shapeOf(x)
      .slice(0, -1)
      .map((_, axis) => axis);
  const channels = (x: T): number => axisLength(k.shapeOf(x), -1);
  /** Sum over all axes but the last: [.., C] -> [C]. */
  const channelSum = (x: T): T => k.reshape(k.reduce("sum", x, allButLast(x)), [channels(x)]);
  const channelMean = (x: T): T => k.affine(channelSum(x), channels(x) / sizeOf(k.shapeOf(x)), 0);
  const inverseDeviation = (variance: T, epsilon: number): T => k.map("reciprocal", k.map("squareRoot", k.affine(variance, 1, epsilon)));

  const channelAffine: Composed<T>["channelAffine"] = (x, scale, shift) => add(multiply(x, scale), shift);
  const reluPull: Composed<T>["reluPull"] = (y, dy) => multiply(k.map("positive", y), dy);

  return {
    channelAffine,
    reluPull,
    addRelu: (a, b) => k.map("relu", add(a, b)),

    // y = scale * (x - mean) / sqrt(variance + epsilon) + shift
    batchNorm: (x, scale, shift, epsilon) => {
      const mean = channelMean(x);
      const centred = subtract(x, mean);
      const variance = channelMean(k.map("square", centred));
      return { y: channelAffine(centred, multiply(scale, inverseDeviation(variance, epsilon)), shift), mean, variance };
    },

    // With xhat the normalised x: dx = scale / deviation * (dy - mean(dy) - xhat * mean(dy * xhat)).
    batchNormPull: (x, scale, mean, variance, epsilon, dy) => {
      const inverse = inverseDeviation(variance, epsilon);
      const normalised = multiply(subtract(x, mean), inverse);
      const dShift = channelSum(dy);
      const dScale = channelSum(multiply(dy, normalised));
      const share = channels(x) / sizeOf(k.shapeOf(x));
      const centred = subtract(subtract(dy, k.affine(dShift, share, 0)), multiply(normalised, k.affine(dScale, share, 0)));
      return { x: multiply(centred, multiply(scale, inverse)), scale: dScale, shift: dShift };
    },

    // g = gradient + weightDecay * p; m, v running means of g and g^2; p - rate * (m / c1) / (sqrt(v / c2) + epsilon).
    adam: (parameter, gradient, first, second, scalars, { beta1, beta2, epsilon, weightDecay }) => {
      const g = add(gradient, k.affine(parameter, weightDecay, 0));
      const m = add(k.affine(first, beta1, 0), k.affine(g, 1 - beta1, 0));
      const v = add(k.affine(second, beta2, 0), k.affine(k.map("square", g), 1 - beta2, 0));
      const mHat = k.zip("divide", m, scalars.correction1);
      const vHat = k.zip("divide", v, scalars.correction2);
      const step = k.zip("divide", multiply(scalars.learningRate, mHat), k.affine(k.map("squareRoot", vHat), 1, epsilon));
      return { parameter: subtract(parameter, step), first: m, second: v };
    },
  };
};
