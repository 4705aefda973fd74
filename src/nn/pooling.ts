/** Pooling layers over [N, H, W, C]: maximum, average, and the global average that ends a convolutional network. */
import * as E from "fp-ts/lib/Either.js";
import { roundedUp, type Window } from "../engines/index.js";
import { shapeError } from "../faults/index.js";
import { axisLength, type Shape, showShape } from "../tensor/index.js";
import type { Layer } from "./layer.js";
import { slidOver } from "./window.js";

/** How a side that is no whole number of strides ends: without a window that would reach beyond it, or with it (`roundedUp`). */
export type Rounding = "down" | "up";

/** The largest of each window; the gradient goes to the first largest entry. Padding never wins. */
export const maxPool = (window: Window, rounding: Rounding = "down"): Layer => {
  const over = (input: Shape): Window => (rounding === "up" ? roundedUp([axisLength(input, 1), axisLength(input, 2)], window) : window);
  return {
    parameters: {},
    state: {},
    outputShape: (input) => slidOver("maxPool", input, window.size, over(input), axisLength(input, 3)),
    multiplyAdds: () => 0,
    forward: (k) => (_, state, x) => {
      const own = over(k.shapeOf(x));
      return { y: k.maxPool(x, own), state, pull: (dy) => ({ parameters: {}, x: k.maxPoolToInput(x, dy, own) }) };
    },
  };
};

/** The mean of each window, padding counted as zeros; the gradient spreads evenly. */
export const averagePool = (window: Window): Layer => ({
  parameters: {},
  state: {},
  outputShape: (input) => slidOver("averagePool", input, window.size, window, axisLength(input, 3)),
  multiplyAdds: () => 0,
  forward: (k) => (_, state, x) => ({
    y: k.averagePool(x, window),
    state,
    pull: (dy) => ({ parameters: {}, x: k.averagePoolToInput(dy, window, k.shapeOf(x)) }),
  }),
});

/** One window over the whole of [N, H, W, C]. */
const whole = (shape: Shape): Window => ({
  size: [axisLength(shape, 1), axisLength(shape, 2)],
  stride: [1, 1],
  padding: { top: 0, bottom: 0, left: 0, right: 0 },
});

/** [N, H, W, C] -> [N, C]: the mean over the pixels. */
export const globalAveragePool: Layer = {
  parameters: {},
  state: {},
  outputShape: (input) =>
    input.length === 4
      ? E.right([axisLength(input, 0), axisLength(input, 3)])
      : E.left(shapeError(`globalAveragePool: needs images [N, H, W, C], got ${showShape(input)}`)),
  multiplyAdds: () => 0,
  forward: (k) => (_, state, x) => {
    const input = k.shapeOf(x);
    const [count, channels] = [axisLength(input, 0), axisLength(input, 3)];
    return {
      y: k.reshape(k.averagePool(x, whole(input)), [count, channels]),
      state,
      pull: (dy) => ({ parameters: {}, x: k.averagePoolToInput(k.reshape(dy, [count, 1, 1, channels]), whole(input), input) }),
    };
  },
};
