/**
 * Whitening of embeddings after training (Jegou and Chum 2012): in training a layer that only watches, in evaluation the one
 * that takes away what the embeddings have in common and makes all their directions count alike.
 */
import * as E from "fp-ts/lib/Either.js";
import { algebra, type Kernels } from "../engines/index.js";
import { shapeError } from "../faults/index.js";
import { axisLength, generate, named, prefixed, showShape, under } from "../tensor/index.js";
import type { Layer } from "./layer.js";

/** The constants of whitening. */
export interface WhiteningSettings {
  /** Share of the batch in the running statistics' next value. */
  readonly momentum: number;
  /** Share of the mean variance in every direction's variance, so that directions of almost none are not blown up. */
  readonly shrinkage: number;
}

/** The constants that are used unless others are given. */
export const usualWhitening: WhiteningSettings = { momentum: 0.1, shrinkage: 0.2 };

const identity = (size: number) => generate([size, size], (flat) => (flat % (size + 1) === 0 ? 1 : 0));

/**
 * Iterations of Newton and Schulz after which the root is exact in 32 bits: each multiplies the smallest eigenvalue's part by
 * 2.25 until it nears 1, and then squares its error; shrunk by 0.2, a covariance of 2048 directions still ends in these.
 */
const iterations = 18;

/**
 * C^(-1/2) of a symmetric positive definite [D, D], by matrix products alone (Higham 2008, the coupled iteration of Newton and
 * Schulz): Y <- Y T, Z <- T Z with T = (3 I - Z Y) / 2, from Y = C / |C|, Z = I.
 */
export const inverseRoot =
  <T>(k: Kernels<T>) =>
  (matrix: T): T => {
    const { add, multiply, reciprocal, scale, square, squareRoot, total } = algebra(k);
    const same = k.constant(identity(axisLength(k.shapeOf(matrix), 0)));
    const inverseNorm = reciprocal(squareRoot(total(square(matrix))));
    const { z } = Array.from({ length: iterations }).reduce<{ readonly y: T; readonly z: T }>(
      ({ y, z }) => {
        const t = add(scale(same, 1.5), scale(k.matmul(z, y), -0.5));
        return { y: k.matmul(y, t), z: k.matmul(t, z) };
      },
      { y: multiply(matrix, inverseNorm), z: same },
    );
    return multiply(z, squareRoot(inverseNorm));
  };

/** Mean [D] and covariance [D, D] of the rows of [N, D], divided by N - 1 as PyTorch's `cov` does. */
const momentsOf = <T>(k: Kernels<T>, x: T): { readonly mean: T; readonly covariance: T } => {
  const { scale, subtract, sumOver } = algebra(k);
  const [count, features] = [axisLength(k.shapeOf(x), 0), axisLength(k.shapeOf(x), 1)];
  const mean = scale(sumOver(x, [0]), 1 / count);
  const apart = subtract(x, mean);
  return { mean: k.reshape(mean, [features]), covariance: scale(k.matmul(apart, apart, { a: true }), 1 / Math.max(count - 1, 1)) };
};

/** The symmetric matrix that whitens: the inverse root of the covariance, shrunk towards its mean variance. */
const whitener = <T>(k: Kernels<T>, covariance: T, shrinkage: number): T => {
  const { add, multiply, scale, total } = algebra(k);
  const features = axisLength(k.shapeOf(covariance), 0);
  const same = k.constant(identity(features));
  const meanVariance = scale(total(multiply(covariance, same)), 1 / features);
  return inverseRoot(k)(add(scale(covariance, 1 - shrinkage), multiply(scale(same, shrinkage), meanVariance)));
};

/**
 * [N, D] -> [N, D]. `train`: x itself, and running mean and covariance move towards the batch's. `frozen`: x itself.
 * `evaluate`: w / |w| of w = (x - mean) S^(-1/2), S = (1 - shrinkage) covariance + shrinkage (trace / D) I;
 * dx = ((dy - y (dy . y)) / |w|) S^(-1/2).
 */
export const whitening = (features: number, { momentum, shrinkage }: WhiteningSettings = usualWhitening): Layer => ({
  parameters: {},
  state: {
    mean: { shape: [features], initialisation: { kind: "constant", value: 0 } },
    covariance: { shape: [features, features], initialisation: { kind: "values", values: Array.from(identity(features).data) } },
  },
  outputShape: (input) =>
    input.length === 2 && axisLength(input, 1) === features
      ? E.right(input)
      : E.left(shapeError(`whitening: expects [N, ${features}], got ${showShape(input)}`)),
  multiplyAdds: (input) => axisLength(input, 0) * features * features + 3 * iterations * features ** 3,
  forward: (k, mode) => (_, state, x) => {
    const { add, multiply, reciprocalOrZero, scale, square, squareRoot, subtract, sumOver } = algebra(k);
    if (mode !== "evaluate") {
      const batch = mode === "train" ? momentsOf(k, x) : undefined;
      const towards = (name: "mean" | "covariance"): typeof x =>
        batch === undefined ? named(state, name) : add(scale(named(state, name), 1 - momentum), scale(batch[name], momentum));
      return { y: x, state: { mean: towards("mean"), covariance: towards("covariance") }, pull: (dy) => ({ parameters: {}, x: dy }) };
    }
    const root = whitener(k, named(state, "covariance"), shrinkage);
    const white = k.matmul(subtract(x, named(state, "mean")), root);
    const inverse = reciprocalOrZero(squareRoot(sumOver(square(white), [1])));
    const y = multiply(white, inverse);
    return {
      y,
      state,
      pull: (dy) => {
        const across = subtract(dy, multiply(y, sumOver(multiply(dy, y), [1])));
        return { parameters: {}, x: k.matmul(multiply(across, inverse), root) };
      },
    };
  },
});

/** A network whose embeddings [N, D] are whitened in evaluation. Its own parameters and state keep their names. */
export const whitened = (network: Layer, features: number, settings: WhiteningSettings = usualWhitening): Layer => {
  const last = whitening(features, settings);
  return {
    parameters: network.parameters,
    state: { ...network.state, ...prefixed("whitening", last.state) },
    outputShape: network.outputShape,
    multiplyAdds: (input) => network.multiplyAdds(input) + last.multiplyAdds([axisLength(input, 0), features]),
    forward: (k, mode) => (parameters, state, x) => {
      const embedded = network.forward(k, mode)(parameters, state, x);
      const after = last.forward(k, mode)({}, under("whitening", state), embedded.y);
      return {
        y: after.y,
        state: { ...embedded.state, ...prefixed("whitening", after.state) },
        pull: (dy) => embedded.pull(after.pull(dy).x),
      };
    },
  };
};
