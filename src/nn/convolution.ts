/** Convolution over [N, H, W, Cin] with weights [KH, KW, Cin, Cout], and an optional bias [Cout]. */
import * as E from "fp-ts/lib/Either.js";
import { algebra, type Geometry } from "../engines/index.js";
import { shapeError } from "../faults/index.js";
import { axisLength, named, sizeOf } from "../tensor/index.js";
import type { Layer } from "./layer.js";
import { slidOver } from "./window.js";

/** Channels, kernel, stride and padding. */
export interface ConvolutionSettings extends Geometry {
  readonly inputs: number;
  readonly outputs: number;
  /** Height and width of the kernel. */
  readonly size: readonly [number, number];
  readonly bias: boolean;
}

/** y = x * w + b; dx and dw are the two adjoint convolutions of dy, db the sum of dy over images and pixels. */
export const convolution = (settings: ConvolutionSettings): Layer => {
  const { inputs, outputs, size, bias } = settings;
  const weight = [size[0], size[1], inputs, outputs];
  const fanIn = size[0] * size[1] * inputs;
  const outputShape: Layer["outputShape"] = (input) =>
    input.length === 4 && axisLength(input, 3) !== inputs
      ? E.left(shapeError(`convolution: expects ${inputs} channels on the last axis, got ${axisLength(input, 3)}`))
      : slidOver("convolution", input, size, settings, outputs);
  return {
    parameters: {
      weight: { shape: weight, initialisation: { kind: "heNormal", fanIn } },
      ...(bias ? { bias: { shape: [outputs], initialisation: { kind: "constant", value: 0 } } } : {}),
    },
    state: {},
    outputShape,
    multiplyAdds: (input) =>
      E.match(
        () => 0,
        (shape: readonly number[]) => sizeOf(shape) * fanIn,
      )(outputShape(input)),
    forward: (k) => (parameters, state, x) => {
      const w = named(parameters, "weight");
      const product = k.convolve(x, w, settings);
      return {
        y: bias ? algebra(k).add(product, named(parameters, "bias")) : product,
        state,
        pull: (dy) => ({
          parameters: {
            weight: k.convolveToWeights(x, dy, settings, weight),
            ...(bias ? { bias: k.reshape(algebra(k).sumOver(dy, [0, 1, 2]), [outputs]) } : {}),
          },
          x: k.convolveToInput(dy, w, settings, k.shapeOf(x)),
        }),
      };
    },
  };
};
