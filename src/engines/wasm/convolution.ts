/** Recording of matrix products and convolutions: all become register tiles over padded images and packed weights. */
import { type Shape, sizeOf } from "../../tensor/index.js";
import { type Geometry, outputSize } from "../geometry.js";
import { type Argument, from, into } from "./command.js";
import { byRows, flat, type Recorder, read, type WasmTensor } from "./trace.js";

type Image = readonly [images: number, height: number, width: number, channels: number];
type Window = readonly [height: number, width: number, inputs: number, outputs: number];

const four = (shape: Shape): Image => [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1, shape[3] ?? 1];

/** Zeros around each image; the image itself where there is nothing to add. */
const padded = (
  record: Recorder,
  x: WasmTensor,
  { top, bottom, left, right }: Geometry["padding"],
): { readonly image: WasmTensor; readonly size: Image } => {
  const [n, h, w, c] = four(x.shape);
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return { image: x, size: [n, h, w, c] };
  const size: Image = [n, h + top + bottom, w + left + right, c];
  const rows = n * size[1];
  const { step, chunks } = byRows(rows, size[2] * c);
  const image = record.compute("Pad", chunks, size, (target) => [
    read(x),
    target,
    rows,
    h,
    w * c,
    size[1],
    size[2] * c,
    top,
    left * c,
    step,
  ]);
  return { image, size };
};

interface Packing {
  /** First entry, and lengths and strides of the axes (window row, window column, channel) that a tile sums over. */
  readonly offset: number;
  readonly lengths: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
  readonly columns: number;
  readonly stride: number;
}

const packed = (record: Recorder, weights: WasmTensor, { offset, lengths, strides, columns, stride }: Packing): WasmTensor => {
  const panels = Math.ceil(columns / 8);
  const { step, chunks } = byRows(panels, 8 * sizeOf(lengths));
  return record.compute("Pack", chunks, [panels, sizeOf(lengths), 8], (target) => [
    from(weights.slot, offset),
    target,
    ...lengths,
    ...strides,
    columns,
    stride,
    step,
  ]);
};

interface Tiling {
  readonly source: Argument;
  readonly weights: WasmTensor;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly sourceStrides: readonly [image: number, row: number, pixel: number];
  readonly windowHeight: number;
  readonly windowRow: number;
  readonly run: number;
  readonly channels: number;
  readonly target: Argument;
  readonly targetStrides: readonly [image: number, row: number, pixel: number];
}

/** Where a `Tile` command keeps what a fusion may change. */
export const TILE = { target: 2, channels: 12, bias: 16, relu: 17, addend: 18 } as const;

const TILE_PIXELS = 64;
/** Multiply-adds below which a chunk is not worth a barrier. */
const WORTH_SHARING = 100_000;

const tile = (record: Recorder, t: Tiling): void => {
  const pixels = t.images * t.height * t.width;
  const panels = Math.ceil(t.channels / 8);
  const work = t.windowHeight * t.run * 8;
  const pixelStep = pixels * panels * work < WORTH_SHARING ? Math.max(1, pixels) : TILE_PIXELS;
  const pixelChunks = Math.ceil(pixels / pixelStep);
  const wanted = Math.max(1, Math.min(panels, Math.ceil(16 / pixelChunks), Math.floor((pixels * panels * work) / WORTH_SHARING)));
  const panelStep = Math.ceil(panels / wanted);
  const panelChunks = Math.ceil(panels / panelStep);
  record.emit("Tile", pixelChunks * panelChunks, [
    t.source,
    read(t.weights),
    t.target,
    pixels,
    t.width,
    t.height * t.width,
    ...t.sourceStrides,
    t.windowHeight,
    t.windowRow,
    t.run,
    t.channels,
    ...t.targetStrides,
    0,
    0,
    0,
    pixelStep,
    panelStep,
    panelChunks,
  ]);
};

export const recordTranspose =
  (record: Recorder) =>
  (x: WasmTensor): WasmTensor => {
    const [rows = 1, columns = 1] = x.shape;
    const step = Math.max(16, Math.ceil(16384 / Math.max(1, rows)));
    return record.compute("Transpose", Math.ceil(columns / step), [columns, rows], (target) => [read(x), target, rows, columns, step]);
  };

export const recordMatmul =
  (record: Recorder) =>
  (a: WasmTensor, b: WasmTensor, transposed: { readonly a?: boolean; readonly b?: boolean } = {}): WasmTensor => {
    const left = transposed.a === true ? recordTranspose(record)(a) : a;
    const [rows = 1, inner = 1] = left.shape;
    const columns = (transposed.b === true ? b.shape[0] : b.shape[1]) ?? 1;
    const weights = packed(record, b, {
      offset: 0,
      lengths: [1, 1, inner],
      strides: [0, 0, transposed.b === true ? 1 : columns],
      columns,
      stride: transposed.b === true ? inner : 1,
    });
    const target = record.local([rows, columns]);
    tile(record, {
      source: read(left),
      weights,
      images: 1,
      height: 1,
      width: rows,
      sourceStrides: [0, 0, inner],
      windowHeight: 1,
      windowRow: inner,
      run: inner,
      channels: columns,
      target: into(target.slot),
      targetStrides: [0, 0, columns],
    });
    return target;
  };

export const recordConvolve =
  (record: Recorder) =>
  (x: WasmTensor, weights: WasmTensor, geometry: Geometry): WasmTensor => {
    const [kh, kw, inputs, outputs]: Window = four(weights.shape);
    const [n, h, w] = four(x.shape);
    const [oh, ow] = outputSize([h, w], [kh, kw], geometry);
    const { image, size } = padded(record, x, geometry.padding);
    const row = size[2] * inputs;
    const target = record.local([n, oh, ow, outputs]);
    tile(record, {
      source: read(image),
      weights: packed(record, weights, {
        offset: 0,
        lengths: [kh, kw, inputs],
        strides: [kw * inputs * outputs, inputs * outputs, outputs],
        columns: outputs,
        stride: 1,
      }),
      images: n,
      height: oh,
      width: ow,
      sourceStrides: [size[1] * row, geometry.stride[0] * row, geometry.stride[1] * inputs],
      windowHeight: kh,
      windowRow: row,
      run: kw * inputs,
      channels: outputs,
      target: into(target.slot),
      targetStrides: [oh * ow * outputs, ow * outputs, outputs],
    });
    return target;
  };

/**
 * One axis of the transposed convolution at one phase of the stride. Input positions i = stride * q + phase - padding
 * see the taps phase, phase + stride, ...: a plain convolution of dy with those taps, last first.
 */
interface Phase {
  readonly phase: number;
  readonly taps: number;
  /** First q, and how many. */
  readonly first: number;
  readonly count: number;
}

const phasesOf = (input: number, window: number, stride: number, before: number): readonly Phase[] =>
  Array.from({ length: stride }, (_, phase) => {
    const first = Math.ceil((before - phase) / stride);
    const last = Math.floor((input - 1 + before - phase) / stride);
    return { phase, taps: Math.max(0, Math.ceil((window - phase) / stride)), first, count: Math.max(0, last - first + 1) };
  });

export const recordConvolveToInput =
  (record: Recorder) =>
  (dy: WasmTensor, weights: WasmTensor, { stride, padding }: Geometry, input: Shape): WasmTensor => {
    const [kh, kw, inputs, outputs]: Window = four(weights.shape);
    const [n, h, w] = four(input);
    const [, oh, ow] = four(dy.shape);
    const [sy, sx] = stride;
    const rows = phasesOf(h, kh, sy, padding.top);
    const columns = phasesOf(w, kw, sx, padding.left);
    const used = (phases: readonly Phase[]): readonly Phase[] => phases.filter(({ taps, count }) => taps > 0 && count > 0);
    const before = (phases: readonly Phase[]): number => Math.max(0, ...used(phases).map(({ first, taps }) => taps - 1 - first));
    const after = (phases: readonly Phase[], length: number): number =>
      Math.max(0, ...used(phases).map(({ first, count }) => first + count - length));
    const margin = { top: before(rows), bottom: after(rows, oh), left: before(columns), right: after(columns, ow) };
    const { image, size } = padded(record, dy, margin);
    const row = size[2] * outputs;
    const target = record.local(input);
    if (used(rows).length < sy || used(columns).length < sx) {
      const { step, chunks } = flat(sizeOf(input));
      record.emit("Fill", chunks, [into(target.slot), sizeOf(input), step]);
    }
    for (const y of used(rows)) {
      for (const x of used(columns)) {
        tile(record, {
          source: from(image.slot, (y.first - y.taps + 1 + margin.top) * row + (x.first - x.taps + 1 + margin.left) * outputs),
          weights: packed(record, weights, {
            offset: ((y.phase + sy * (y.taps - 1)) * kw + x.phase + sx * (x.taps - 1)) * inputs * outputs,
            lengths: [y.taps, x.taps, outputs],
            strides: [-sy * kw * inputs * outputs, -sx * inputs * outputs, 1],
            columns: inputs,
            stride: outputs,
          }),
          images: n,
          height: y.count,
          width: x.count,
          sourceStrides: [size[1] * row, row, outputs],
          windowHeight: y.taps,
          windowRow: row,
          run: x.taps * outputs,
          channels: inputs,
          target: into(target.slot, ((sy * y.first + y.phase - padding.top) * w + sx * x.first + x.phase - padding.left) * inputs),
          targetStrides: [h * w * inputs, sy * w * inputs, sx * inputs],
        });
      }
    }
    return target;
  };

/** Bytes that the partial sums of one gradient to the weights may take, and chunks wanted for the threads. */
const PARTIAL_BYTES = 4 << 20;
const WEIGHT_CHUNKS = 16;

/** Floats of scratch of one chunk, for blocks of 128 pixels (`assembly/convolve.ts`). */
const scratchOf = (panels: number): number => 128 * (1 + 16 + 8 * panels);

export const recordConvolveToWeights =
  (record: Recorder) =>
  (x: WasmTensor, dy: WasmTensor, { stride, padding }: Geometry, weights: Shape): WasmTensor => {
    const [kh, kw, inputs, outputs]: Window = four(weights);
    const { image, size } = padded(record, x, padding);
    const [n, oh, ow] = four(dy.shape);
    const row = size[2] * inputs;
    const run = kw * inputs;
    const quads = Math.ceil(run / 4);
    const panels = Math.ceil(outputs / 8);
    const partialSize = kh * quads * panels * 32;
    const groups = Math.max(1, Math.min(WEIGHT_CHUNKS, Math.floor(PARTIAL_BYTES / (4 * partialSize)), n * oh));
    const panelStep = Math.ceil(panels / Math.min(panels, Math.ceil(WEIGHT_CHUNKS / groups)));
    const panelChunks = Math.ceil(panels / panelStep);
    const scratch = record.local([groups * panelChunks, scratchOf(panelStep)]);
    const partials = record.local([groups, partialSize]);
    record.emit("WeightTile", groups * panelChunks, [
      read(image),
      read(dy),
      into(partials.slot),
      n,
      oh,
      ow,
      size[1] * row,
      stride[0] * row,
      stride[1] * inputs,
      kh,
      row,
      run,
      outputs,
      groups,
      panelStep,
      panelChunks,
      into(scratch.slot),
    ]);
    const { step, chunks } = byRows(kh * quads, panels * 32 * groups);
    return record.compute("WeightSum", chunks, weights, (target) => [read(partials), target, groups, kh, run, outputs, step]);
  };
