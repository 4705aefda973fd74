/**
 * The exporter's tensor. What follows from weights alone is a known tensor and is computed while the program is traced; what follows
 * from the pictures is a wire of the graph. A value of rank 4 is [N, H, W, C] in our shapes and [N, C, H, W] on its wire.
 */
import { at, axisLength, type Shape, sizeOf, type Tensor } from "../../tensor/index.js";
import { numbers, type Wire } from "./graph.js";

/** A convolution or a product with known weights, whose last axis is that of the result: what scales or shifts the result goes into them. */
export interface LinearLayer {
  readonly weights: Tensor;
  /** [C] */
  readonly bias: Tensor | undefined;
  readonly wire: (weights: Tensor, bias: Tensor | undefined) => Wire;
}

export interface Known {
  readonly kind: "known";
  readonly shape: Shape;
  readonly tensor: Tensor;
}

export interface Traced {
  readonly kind: "traced";
  readonly shape: Shape;
  readonly wire: Wire;
  readonly layer?: LinearLayer;
}

export type Value = Known | Traced;

/** Why a program has no graph. It leaves the trace as an exception, for kernels return tensors and nothing else. */
export class Unexportable extends Error {}

export const known = (tensor: Tensor): Known => ({ kind: "known", shape: tensor.shape, tensor });

export const traced = (shape: Shape, wire: Wire): Traced => ({ kind: "traced", shape, wire });

/**
 * Pictures at once while a program is traced. No network has an axis as long, so that a length says whether it is that of the batch,
 * which the graph leaves open.
 */
export const tracedBatch = 1_000_003;

/** [.., H, W, C] -> [.., C, H, W] of a tensor of rank 4, or the axes of another as they are. */
export const turned = ({ shape, data }: Tensor): Tensor => {
  if (shape.length !== 4) return { shape, data };
  const [n, h, w, c] = [axisLength(shape, 0), axisLength(shape, 1), axisLength(shape, 2), axisLength(shape, 3)];
  const places = h * w;
  const result = new Float32Array(sizeOf(shape));
  for (let image = 0; image < n; image++)
    for (let place = 0; place < places; place++)
      for (let channel = 0; channel < c; channel++)
        result[(image * c + channel) * places + place] = at(data, (image * places + place) * c + channel);
  return { shape: [n, c, h, w], data: result };
};

/** Weights of ours [KH, KW, Cin, Cout] -> ONNX's [Cout, Cin, KH, KW]. */
export const turnedWeights = ({ shape, data }: Tensor): Float32Array => {
  const [places, inputs, outputs] = [axisLength(shape, 0) * axisLength(shape, 1), axisLength(shape, 2), axisLength(shape, 3)];
  const result = new Float32Array(sizeOf(shape));
  for (let place = 0; place < places; place++)
    for (let input = 0; input < inputs; input++)
      for (let output = 0; output < outputs; output++)
        result[(output * inputs + input) * places + place] = at(data, (place * inputs + input) * outputs + output);
  return result;
};

/** A known tensor as numbers that meet a wire of this rank. */
const meeting = (tensor: Tensor, rank: number): Wire => {
  if (tensor.shape.some((length) => length === tracedBatch))
    throw new Unexportable("it adds numbers of its own to each picture of a batch");
  const shape = rank === 4 ? [...Array.from({ length: 4 - tensor.shape.length }, () => 1), ...tensor.shape] : tensor.shape;
  const { shape: dims, data } = turned({ shape, data: tensor.data });
  return numbers(dims, () => data);
};

/** The wire of a value that meets others in a result of this rank. */
export const wireOf = (value: Value, rank: number): Wire => {
  if (value.kind === "known") return meeting(value.tensor, rank);
  if (rank === 4 && value.shape.length !== 4) throw new Unexportable("it brings maps and vectors of a picture together");
  return value.wire;
};
