/** [N, inputs] -> [N, outputs]: y = x W + b, W of shape [inputs, outputs]. */
import * as E from "fp-ts/lib/Either.js";
import { algebra } from "../engines/index.js";
import { shapeError } from "../faults/index.js";
import { axisLength, named, showShape } from "../tensor/index.js";
import type { Layer } from "./layer.js";

/** dx = dy W^T, dW = x^T dy, db = sum of dy over the batch. */
export const linear = (inputs: number, outputs: number, bias = true): Layer => {
  const initialisation = { kind: "uniform", fanIn: inputs } as const;
  return {
    parameters: {
      weight: { shape: [inputs, outputs], initialisation },
      ...(bias ? { bias: { shape: [outputs], initialisation } } : {}),
    },
    state: {},
    outputShape: (input) =>
      input.length === 2 && axisLength(input, 1) === inputs
        ? E.right([axisLength(input, 0), outputs])
        : E.left(shapeError(`linear: expects [N, ${inputs}], got ${showShape(input)}`)),
    multiplyAdds: (input) => axisLength(input, 0) * inputs * outputs,
    forward: (k) => (parameters, state, x) => {
      const w = named(parameters, "weight");
      const product = k.matmul(x, w);
      return {
        y: bias ? algebra(k).add(product, named(parameters, "bias")) : product,
        state,
        pull: (dy) => ({
          parameters: {
            weight: k.matmul(x, dy, { a: true }),
            ...(bias ? { bias: k.reshape(algebra(k).sumOver(dy, [0]), [outputs]) } : {}),
          },
          x: k.matmul(dy, w, { b: true }),
        }),
      };
    },
  };
};
