/** Layers with known weights, into which the scales and shifts behind them are folded, in 64 bits. */
import { at, axisLength, type Tensor, zeros } from "../../tensor/index.js";
import type { LinearLayer, Traced } from "./value.js";

/** One number for each channel out of a tensor that says it for all [C] or [1, .., C], or once; undefined where it says something else. */
export const perChannel = ({ shape, data }: Tensor, channels: number): Tensor | undefined => {
  if (shape.slice(0, -1).some((length) => length !== 1)) return undefined;
  if (data.length === channels) return { shape: [channels], data };
  return data.length === 1 ? { shape: [channels], data: new Float64Array(channels).fill(at(data, 0)) } : undefined;
};

export const layered = (shape: Traced["shape"], layer: LinearLayer): Traced => ({
  kind: "traced",
  shape,
  wire: layer.wire(layer.weights, layer.bias),
  layer,
});

/** (x w + b) slope + offset = x (w slope) + (b slope + offset), a slope and an offset a channel. */
export const scaledLayer = (shape: Traced["shape"], layer: LinearLayer, slope: Tensor, offset: Tensor): Traced => {
  const channels = axisLength(shape, -1);
  const bias = layer.bias ?? zeros([channels]);
  return layered(shape, {
    ...layer,
    weights: {
      shape: layer.weights.shape,
      data: Float64Array.from(layer.weights.data, (weight, flat) => weight * at(slope.data, flat % channels)),
    },
    bias: {
      shape: [channels],
      data: Float64Array.from(
        { length: channels },
        (_, channel) => at(bias.data, channel) * at(slope.data, channel) + at(offset.data, channel),
      ),
    },
  });
};
