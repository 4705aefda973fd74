/** Where a network's parameters and running statistics stand in published files of PyTorch weights. */
import type { Named, ParameterSpec, Shape } from "../../tensor/index.js";
import type { Layer } from "../layer.js";

/** A tensor of ours in a published file: ours is theirs with its axes in the order `axes`. */
export interface Published {
  readonly name: string;
  /** Of their tensor. */
  readonly shape: Shape;
  /** Axis i of ours is axis `axes[i]` of theirs. */
  readonly axes: readonly number[];
}

/**
 * PyTorch's order to ours, by rank: convolutions [Cout, Cin, KH, KW] -> [KH, KW, Cin, Cout], linear [out, in] -> [in, out],
 * vectors as they are.
 */
const axesOf = ({ shape }: ParameterSpec): readonly number[] =>
  shape.length === 4 ? [2, 3, 1, 0] : shape.length === 2 ? [1, 0] : shape.map((_, axis) => axis);

const published = (name: string, spec: ParameterSpec): Published => {
  const axes = axesOf(spec);
  return { name, axes, shape: axes.map((_, theirs) => spec.shape[axes.indexOf(theirs)] ?? 0) };
};

/** By our names: every parameter and every running statistic of the network, with its published place. */
export const publishedWeights = (network: Layer, publishedName: (name: string) => string): Named<Published> =>
  Object.fromEntries(
    Object.entries({ ...network.parameters, ...network.state }).map(([name, spec]) => [name, published(publishedName(name), spec)]),
  );
