/** Recording of the fused kernels: batch normalisation, channel-wise affine maps, residual and rectified sums, Adam. */
import { sameShape, sizeOf } from "../../tensor/index.js";
import type { AdamScalars, AdamSettings, BatchStatistics } from "../engine.js";
import { type Argument, float, into } from "./command.js";
import { recordMap, recordZip } from "./elementwise.js";
import { byRows, flat, type Recorder, read, type WasmTensor } from "./trace.js";

/** Rows whose statistics are gathered together, and the most parts there may be. */
const PART_ROWS = 256;
const MOST_PARTS = 256;
/** Channels combined by one chunk. */
const CHANNEL_STEP = 16;

const rowsAndChannels = (x: WasmTensor): readonly [rows: number, channels: number] => {
  const channels = x.shape.at(-1) ?? 1;
  return [sizeOf(x.shape) / Math.max(1, channels), channels];
};

const partsOf = (rows: number): { readonly part: number; readonly parts: number } => {
  const part = Math.max(PART_ROWS, Math.ceil(rows / MOST_PARTS));
  return { part, parts: Math.ceil(rows / part) };
};

/** Where commands keep what a fusion may change. */
export const CHANNEL_AFFINE = { target: 3, relu: 7, addend: 8 } as const;
export const PULL_SUMS = { dy: 1, rectified: 7 } as const;
export const PULL_APPLY = { dy: 1, rectified: 8 } as const;

/** (x - centre) * scale + shift, channel by channel. */
const centredAffine = (record: Recorder, x: WasmTensor, scale: WasmTensor, shift: WasmTensor, centre: Argument): WasmTensor => {
  const [rows, channels] = rowsAndChannels(x);
  const { step, chunks } = byRows(rows, channels);
  return record.compute("ChannelAffine", chunks, x.shape, (target) => [
    read(x),
    read(scale),
    read(shift),
    target,
    rows,
    channels,
    step,
    0,
    0,
    centre,
  ]);
};

export const recordChannelAffine =
  (record: Recorder) =>
  (x: WasmTensor, scale: WasmTensor, shift: WasmTensor): WasmTensor =>
    centredAffine(record, x, scale, shift, 0);

export const recordBatchNorm =
  (record: Recorder) =>
  (x: WasmTensor, scale: WasmTensor, shift: WasmTensor, epsilon: number): BatchStatistics<WasmTensor> => {
    const [rows, channels] = rowsAndChannels(x);
    const { part, parts } = partsOf(rows);
    const partials = record.compute("BatchMoments", parts, [parts, 2, channels], (target) => [read(x), target, rows, channels, part]);
    const mean = record.local([channels]);
    const variance = record.local([channels]);
    const factor = record.local([channels]);
    record.emit("BatchCombine", Math.ceil(channels / CHANNEL_STEP), [
      read(partials),
      parts,
      rows,
      channels,
      part,
      read(scale),
      float(epsilon),
      into(mean.slot),
      into(variance.slot),
      into(factor.slot),
      CHANNEL_STEP,
    ]);
    return { y: centredAffine(record, x, factor, shift, read(mean)), mean, variance };
  };

export const recordBatchNormPull =
  (record: Recorder) => (x: WasmTensor, scale: WasmTensor, mean: WasmTensor, variance: WasmTensor, epsilon: number, dy: WasmTensor) => {
    const [rows, channels] = rowsAndChannels(x);
    const { part, parts } = partsOf(rows);
    const partials = record.compute("BatchPullSums", parts, [parts, 2, channels], (target) => [
      read(x),
      read(dy),
      read(mean),
      target,
      rows,
      channels,
      part,
      0,
    ]);
    const dScale = record.local([channels]);
    const dShift = record.local([channels]);
    const coefficients = record.local([3, channels]);
    record.emit("BatchPullCombine", Math.ceil(channels / CHANNEL_STEP), [
      read(partials),
      parts,
      rows,
      channels,
      read(scale),
      read(mean),
      read(variance),
      float(epsilon),
      into(dScale.slot),
      into(dShift.slot),
      into(coefficients.slot),
      CHANNEL_STEP,
    ]);
    const { step, chunks } = byRows(rows, channels);
    const dx = record.compute("BatchPullApply", chunks, x.shape, (target) => [
      read(x),
      read(dy),
      read(mean),
      read(coefficients),
      target,
      rows,
      channels,
      step,
      0,
    ]);
    return { x: dx, scale: dScale, shift: dShift };
  };

export const recordAddRelu =
  (record: Recorder) =>
  (a: WasmTensor, b: WasmTensor): WasmTensor => {
    if (!sameShape(a.shape, b.shape)) return recordMap(record)("relu", recordZip(record)("add", a, b));
    const size = sizeOf(a.shape);
    const { step, chunks } = flat(size);
    return record.compute("AddRelu", chunks, a.shape, (target) => [read(a), read(b), target, size, step]);
  };

export const recordReluPull =
  (record: Recorder) =>
  (y: WasmTensor, dy: WasmTensor): WasmTensor => {
    const size = sizeOf(y.shape);
    const { step, chunks } = flat(size);
    return record.compute("ReluPull", chunks, y.shape, (target) => [read(y), read(dy), target, size, step]);
  };

export const recordAdam =
  (record: Recorder) =>
  (
    parameter: WasmTensor,
    gradient: WasmTensor,
    first: WasmTensor,
    second: WasmTensor,
    { learningRate, correction1, correction2 }: AdamScalars<WasmTensor>,
    { beta1, beta2, epsilon, weightDecay }: AdamSettings,
  ) => {
    const size = sizeOf(parameter.shape);
    const { step, chunks } = flat(size);
    const result = {
      parameter: record.local(parameter.shape),
      first: record.local(parameter.shape),
      second: record.local(parameter.shape),
    };
    record.emit("Adam", chunks, [
      read(parameter),
      read(gradient),
      read(first),
      read(second),
      read(learningRate),
      read(correction1),
      read(correction2),
      into(result.parameter.slot),
      into(result.first.slot),
      into(result.second.slot),
      size,
      step,
      float(beta1),
      float(beta2),
      float(epsilon),
      float(weightDecay),
      float(1 - beta1),
      float(1 - beta2),
    ]);
    return result;
  };
