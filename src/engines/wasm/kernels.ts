/** The kernels of the engine, each of which records what will run. */
import { type Shape, sizeOf } from "../../tensor/index.js";
import type { Kernels } from "../engine.js";
import { type Geometry, outputSize, type Window } from "../geometry.js";
import { recordConcatenate, recordSlice } from "./channels.js";
import { float } from "./command.js";
import { recordConvolve, recordConvolveToInput, recordConvolveToWeights, recordMatmul, recordTranspose } from "./convolution.js";
import { recordAffine, recordMap, recordReduce, recordZip } from "./elementwise.js";
import { recordAdam, recordAddRelu, recordBatchNorm, recordBatchNormPull, recordChannelAffine, recordReluPull } from "./normalisation.js";
import { byRows, type Recorder, read, type WasmTensor } from "./trace.js";
import { suitsWinograd, winogradConvolve, winogradConvolveToInput, winogradConvolveToWeights } from "./winograd.js";

const rowsOf = (x: WasmTensor): readonly [rows: number, length: number] => {
  const length = x.shape.at(-1) ?? 1;
  return [sizeOf(x.shape) / Math.max(1, length), length];
};

/** A kernel over the rows of [N, M] and [N, K]. */
const byIndex =
  (record: Recorder, opcode: string) =>
  (a: WasmTensor, b: WasmTensor, target: Shape, columns: number): WasmTensor => {
    const [rows = 1, count = 1] = b.shape;
    const { step, chunks } = byRows(rows, columns * (opcode === "Sample" ? count : 1));
    return record.compute(opcode, chunks, target, (to) => [read(a), read(b), to, rows, columns, count, step]);
  };

const pooling =
  (record: Recorder, opcode: string) =>
  (x: WasmTensor, dy: WasmTensor, input: Shape, window: Window, target: Shape): WasmTensor => {
    const [n = 1, h = 1, w = 1, c = 1] = input;
    return record.compute(opcode, n, target, (to) => [
      read(x),
      read(dy),
      to,
      n,
      h,
      w,
      c,
      ...outputSize([h, w], window.size, window),
      ...window.size,
      ...window.stride,
      window.padding.top,
      window.padding.left,
      1,
    ]);
  };

const pooledShape = ([n = 1, h = 1, w = 1, c = 1]: Shape, window: Window): Shape => [n, ...outputSize([h, w], window.size, window), c];

/** Convolutions the direct way, which every shape can go, or by Winograd where a shape gains by it. */
const convolutions = (
  record: Recorder,
  winograd: boolean,
): Pick<Kernels<WasmTensor>, "convolve" | "convolveToInput" | "convolveToWeights"> => {
  const byWinograd = (image: Shape, weights: Shape, geometry: Geometry): boolean => winograd && suitsWinograd(image, weights, geometry);
  return {
    convolve: (x, weights, geometry) =>
      (byWinograd(x.shape, weights.shape, geometry) ? winogradConvolve : recordConvolve)(record)(x, weights, geometry),
    convolveToInput: (dy, weights, geometry, input) =>
      (byWinograd(input, weights.shape, geometry) ? winogradConvolveToInput : recordConvolveToInput)(record)(dy, weights, geometry, input),
    convolveToWeights: (x, dy, geometry, weights) =>
      (byWinograd(x.shape, weights, geometry) ? winogradConvolveToWeights : recordConvolveToWeights)(record)(x, dy, geometry, weights),
  };
};

export const recordingKernels = (record: Recorder, winograd: boolean): Kernels<WasmTensor> => ({
  shapeOf: (x) => x.shape,
  constant: record.constant,
  reshape: (x, shape) => ({ slot: x.slot, shape }),
  map: recordMap(record),
  affine: recordAffine(record),
  zip: recordZip(record),
  reduce: recordReduce(record),
  argMinimum: (x) => {
    const [rows, length] = rowsOf(x);
    const { step, chunks } = byRows(rows, length);
    return record.compute("ArgMinimum", chunks, [...x.shape.slice(0, -1), 1], (to) => [read(x), to, rows, length, step]);
  },
  concatenate: recordConcatenate(record),
  slice: recordSlice(record),
  transpose: recordTranspose(record),
  matmul: recordMatmul(record),
  squaredDistances: (x, shift = 0) => {
    const [size, length] = rowsOf(x);
    const { step, chunks } = byRows(size, size * length);
    return record.compute("SquaredDistances", chunks, [size, size], (to) => [read(x), to, size, length, step, float(shift)]);
  },
  alongDifferences: (weights, x) => {
    const [size, length] = rowsOf(x);
    const { step, chunks } = byRows(size, size * length);
    return record.compute("AlongDifferences", chunks, x.shape, (to) => [read(weights), read(x), to, size, length, step]);
  },
  pick: (matrix, indices) => byIndex(record, "Pick")(matrix, indices, indices.shape, matrix.shape[1] ?? 1),
  scatter: (values, indices, columns) => byIndex(record, "Scatter")(values, indices, [values.shape[0] ?? 1, columns], columns),
  sample: (weights, uniforms) => byIndex(record, "Sample")(weights, uniforms, uniforms.shape, weights.shape[1] ?? 1),
  ...convolutions(record, winograd),
  maxPool: (x, window) => pooling(record, "MaxPool")(x, x, x.shape, window, pooledShape(x.shape, window)),
  maxPoolToInput: (x, dy, window) => pooling(record, "MaxPoolPull")(x, dy, x.shape, window, x.shape),
  averagePool: (x, window) => pooling(record, "AveragePool")(x, x, x.shape, window, pooledShape(x.shape, window)),
  averagePoolToInput: (dy, window, input) => pooling(record, "AveragePoolPull")(dy, dy, input, window, input),
  batchNorm: recordBatchNorm(record),
  batchNormPull: recordBatchNormPull(record),
  channelAffine: recordChannelAffine(record),
  addRelu: recordAddRelu(record),
  reluPull: recordReluPull(record),
  adam: recordAdam(record),
});
