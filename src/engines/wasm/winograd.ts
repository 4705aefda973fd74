/**
 * Recording of 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3): a quarter of the multiplications at nearly the
 * accuracy of the direct kernels (`assembly/winograd.ts` has the algebra). Tiles go through in blocks that stay in the
 * cache; blocks, groups and panels depend on shapes alone, so the result does not depend on the number of threads.
 */
import type { Shape } from "../../tensor/index.js";
import { type Geometry, outputSize } from "../geometry.js";
import { from, into } from "./command.js";
import { byRows, type Recorder, read, type WasmTensor } from "./trace.js";

/** Results along a side of a tile. */
const SIDE = 4;
/** Matrices between the transforms. */
const MATRICES = 36;
/** Floats of the two patches in a thread's scratch. */
const PATCHES = 2 * MATRICES * 4;
/** Floats of scratch that a block of tiles may fill (768 KiB, so that it stays in a second-level cache), and tiles a block. */
const BLOCK_FLOATS = 192 * 1024;
const MOST_TILES = 32;
const LEAST_TILES = 16;
/** Floats of transformed weights that stay in no second-level cache: they are then read for as many tiles at a time as there may be. */
const LARGE_WEIGHTS = 2 << 20;
/** Chunks wanted for the threads, and bytes that the partial sums of one gradient to the weights may take. */
const CHUNKS = 8;
const PARTIAL_BYTES = 16 << 20;

interface Tiling {
  readonly images: number;
  readonly size: readonly [height: number, width: number];
  readonly inner: number;
  readonly result: readonly [height: number, width: number];
  readonly channels: number;
  readonly down: number;
  readonly across: number;
  /** Of all images. */
  readonly tiles: number;
}

const tilingOf = ([images = 1, h = 1, w = 1, inner = 1]: Shape, [oh, ow]: readonly [number, number], channels: number): Tiling => {
  const [down, across] = [Math.ceil(oh / SIDE), Math.ceil(ow / SIDE)];
  return { images, size: [h, w], inner, result: [oh, ow], channels, down, across, tiles: images * down * across };
};

/**
 * Tiles a block, a multiple of 4, for so many channels on both sides of the products, and the scratch that they fill.
 * Blocks come in pairs of equal size, so that two threads end together.
 */
const blockOf = (tiles: number, inner: number, channels: number): { readonly block: number; readonly floats: number } => {
  const fitting =
    MATRICES * inner * channels > LARGE_WEIGHTS
      ? MOST_TILES
      : Math.max(LEAST_TILES, Math.min(MOST_TILES, Math.floor(BLOCK_FLOATS / (MATRICES * (inner + channels)))));
  const pairs = Math.ceil(tiles / fitting / 2);
  const block = Math.ceil(tiles / (2 * pairs) / 4) * 4;
  return { block, floats: PATCHES + MATRICES * (block * (inner + channels) + 32) };
};

/** Whether a convolution can go this way, and gains by it: at the edges tiles may compute results that nobody wants. */
export const suitsWinograd = ([n = 1, h = 1, w = 1]: Shape, [kh, kw, inputs = 1, outputs = 1]: Shape, geometry: Geometry): boolean => {
  if (kh !== 3 || kw !== 3 || geometry.stride[0] !== 1 || geometry.stride[1] !== 1) return false;
  if (n === 0 || inputs % 8 !== 0 || outputs % 8 !== 0) return false;
  const [oh, ow] = outputSize([h, w], [3, 3], geometry);
  return 2 * oh * ow >= SIDE * SIDE * Math.ceil(oh / SIDE) * Math.ceil(ow / SIDE);
};

interface Packing {
  readonly offset: number;
  /** Of window row, window column, inner channel and column. */
  readonly strides: readonly [number, number, number, number];
  readonly inner: number;
  readonly columns: number;
}

const transformed = (record: Recorder, weights: WasmTensor, { offset, strides, inner, columns }: Packing): WasmTensor => {
  const panels = columns / 8;
  const { step, chunks } = byRows(panels, 8 * MATRICES * inner);
  const scratch = record.scratch(PATCHES);
  return record.compute("WinogradWeights", chunks, [MATRICES, columns * inner + 16], (target) => [
    from(weights.slot, offset),
    target,
    ...strides,
    inner,
    columns,
    step,
    ...scratch,
  ]);
};

const convolved = (
  record: Recorder,
  x: WasmTensor,
  weights: WasmTensor,
  { images, size, inner, result, channels, down, across, tiles }: Tiling,
  [top, left]: readonly [number, number],
): WasmTensor => {
  const target = record.local([images, ...result, channels]);
  const { block, floats } = blockOf(tiles, inner, channels);
  const [scratch, part] = record.scratch(floats);
  record.emit("Winograd", Math.ceil(tiles / block), [
    read(x),
    read(weights),
    into(target.slot),
    images,
    ...size,
    inner,
    ...result,
    top,
    left,
    block,
    channels,
    down,
    across,
    scratch,
    0,
    0,
    0,
    part,
  ]);
  return target;
};

export const winogradConvolve =
  (record: Recorder) =>
  (x: WasmTensor, weights: WasmTensor, geometry: Geometry): WasmTensor => {
    const [, , inner = 1, channels = 1] = weights.shape;
    const [, h = 1, w = 1] = x.shape;
    const { top, left } = geometry.padding;
    const strides = [3 * inner * channels, inner * channels, channels, 1] as const;
    const packed = transformed(record, weights, { offset: 0, strides, inner, columns: channels });
    return convolved(record, x, packed, tilingOf(x.shape, outputSize([h, w], [3, 3], geometry), channels), [top, left]);
  };

/** The gradient to the input is the convolution of dy with the weights turned about, input and output channels exchanged. */
export const winogradConvolveToInput =
  (record: Recorder) =>
  (dy: WasmTensor, weights: WasmTensor, { padding }: Geometry, input: Shape): WasmTensor => {
    const [, , inputs = 1, outputs = 1] = weights.shape;
    const [, h = 1, w = 1] = input;
    const packed = transformed(record, weights, {
      offset: 8 * inputs * outputs,
      strides: [-3 * inputs * outputs, -inputs * outputs, 1, outputs],
      inner: outputs,
      columns: inputs,
    });
    return convolved(record, dy, packed, tilingOf(dy.shape, [h, w], inputs), [2 - padding.top, 2 - padding.left]);
  };

export const winogradConvolveToWeights =
  (record: Recorder) =>
  (x: WasmTensor, dy: WasmTensor, { padding }: Geometry, weights: Shape): WasmTensor => {
    const [, , inner = 1, channels = 1] = weights;
    const [, oh = 1, ow = 1] = dy.shape;
    const { images, size, result, down, across, tiles } = tilingOf(x.shape, [oh, ow], channels);
    const panels = channels / 8;
    const partialSize = MATRICES * inner * channels;
    const groups = Math.max(1, Math.min(CHUNKS, Math.floor(PARTIAL_BYTES / (4 * partialSize)), Math.ceil(tiles / LEAST_TILES)));
    const panelStep = Math.ceil(panels / Math.min(panels, Math.ceil(CHUNKS / groups)));
    const panelChunks = Math.ceil(panels / panelStep);
    const { block, floats } = blockOf(Math.ceil(tiles / groups), inner, 8 * panelStep);
    const [scratch, part] = record.scratch(floats);
    const partials = record.local([groups, partialSize]);
    record.emit("WinogradWeightTile", groups * panelChunks, [
      read(x),
      read(dy),
      into(partials.slot),
      images,
      ...size,
      inner,
      ...result,
      padding.top,
      padding.left,
      block,
      channels,
      down,
      across,
      scratch,
      groups,
      panelStep,
      panelChunks,
      part,
    ]);
    const { step, chunks } = byRows(inner / 4, 4 * MATRICES * channels * groups);
    const sums = record.scratch(PATCHES / 2 + MATRICES * 32);
    return record.compute("WinogradWeightSum", chunks, weights, (target) => [
      read(partials),
      target,
      groups,
      inner,
      channels,
      step,
      ...sums,
    ]);
  };
