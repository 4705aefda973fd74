/**
 * Separable resizing with antialiasing, as Pillow does it (and so torchvision on Pillow pictures): when a picture shrinks, the
 * filter widens by the same factor, so that every source pixel counts; across first, then down, each pass rounded and clamped to
 * bytes. Weights are whole numbers of 22 bits as Pillow's are, so that the bytes are the same on every machine.
 */
import type { Box, Picture } from "./picture.js";

/** Pillow's filter of that name. */
export type ResizeFilter = "lanczos" | "triangle";

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Half-width of each filter at scale 1, and its value there. */
const filters: Record<ResizeFilter, { readonly support: number; readonly value: (x: number) => number }> = {
  lanczos: { support: 3, value: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
  triangle: { support: 1, value: (x) => Math.max(0, 1 - Math.abs(x)) },
};

/** Bits behind the point of a weight: a byte times a weight, summed, stays within 32 bits. */
export const weightBits = 22;
const one = 2 ** weightBits;
const half = one / 2;

/** For each target position: the first source position, how many follow, and their weights. */
export interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` weights for each target position, the first `count` of which are used; they add up to 2^22, but for rounding. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** To the nearest whole number, halves away from zero. */
const rounded = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** The weights that take `source` samples to `target` samples. Weights of zero at either end are left out. */
export const resampleTaps = (source: number, target: number, filter: ResizeFilter): Taps => {
  const { support, value } = filters[filter];
  const scale = source / target;
  const widened = Math.max(1, scale);
  const reach = support * widened;
  const stride = 2 * Math.ceil(reach) + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Int32Array(target * stride);
  for (let position = 0; position < target; position++) {
    const centre = (position + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - reach + 0.5));
    const to = Math.min(source, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: to - from }, (_, k) => value((from + k - centre + 0.5) / widened));
    const sum = raw.reduce((a, b) => a + b, 0);
    const whole = raw.map((weight) => rounded((weight / sum) * one));
    const [start, end] = [whole.findIndex((weight) => weight !== 0), whole.findLastIndex((weight) => weight !== 0) + 1];
    first[position] = from + start;
    count[position] = end - start;
    weights.set(whole.slice(start, end), position * stride);
  }
  return { first, count, weights, stride };
};

/** Rows of interleaved RGB inside `box`, each resampled across: [box.height, target, 3] bytes. */
const resampleAcross = (pixels: Uint8Array, rowLength: number, box: Box, taps: Taps, into: Uint8ClampedArray): void => {
  const target = taps.first.length;
  let to = 0;
  for (let row = 0; row < box.height; row++) {
    const rowStart = 3 * ((box.top + row) * rowLength + box.left);
    for (let x = 0; x < target; x++) {
      let red = half;
      let green = half;
      let blue = half;
      let from = rowStart + 3 * (taps.first[x] as number);
      const weightStart = x * taps.stride;
      const weightEnd = weightStart + (taps.count[x] as number);
      for (let k = weightStart; k < weightEnd; k++, from += 3) {
        const weight = taps.weights[k] as number;
        red = (red + Math.imul(weight, pixels[from] as number)) | 0;
        green = (green + Math.imul(weight, pixels[from + 1] as number)) | 0;
        blue = (blue + Math.imul(weight, pixels[from + 2] as number)) | 0;
      }
      into[to++] = red >> weightBits;
      into[to++] = green >> weightBits;
      into[to++] = blue >> weightBits;
    }
  }
};

/** Rows of `rowValues` bytes resampled down: [target, rowValues] bytes. */
const resampleDown = (rows: Uint8ClampedArray, rowValues: number, taps: Taps, into: Uint8ClampedArray): void => {
  const target = taps.first.length;
  let to = 0;
  for (let y = 0; y < target; y++) {
    const weightStart = y * taps.stride;
    const weightEnd = weightStart + (taps.count[y] as number);
    const start = (taps.first[y] as number) * rowValues;
    // Three bytes a turn, so that a weight is read once for three.
    for (let i = start; i < start + rowValues; i += 3) {
      let red = half;
      let green = half;
      let blue = half;
      let from = i;
      for (let k = weightStart; k < weightEnd; k++, from += rowValues) {
        const weight = taps.weights[k] as number;
        red = (red + Math.imul(weight, rows[from] as number)) | 0;
        green = (green + Math.imul(weight, rows[from + 1] as number)) | 0;
        blue = (blue + Math.imul(weight, rows[from + 2] as number)) | 0;
      }
      into[to++] = red >> weightBits;
      into[to++] = green >> weightBits;
      into[to++] = blue >> weightBits;
    }
  }
};

/**
 * The part of a picture inside `box`, as bytes of the taps' target sizes: `across` are for the box's width, `down` for its height.
 * `pixels` are rows of `rowLength` RGB pixels.
 */
export type Resample = (pixels: Uint8Array, rowLength: number, box: Box, across: Taps, down: Taps, into: Uint8ClampedArray) => void;

/** In plain loops: what a faster one is measured against. */
export const resample: Resample = (pixels, rowLength, box, across, down, into) => {
  const width = across.first.length;
  const middle = new Uint8ClampedArray(box.height * 3 * width);
  resampleAcross(pixels, rowLength, box, across, middle);
  resampleDown(middle, 3 * width, down, into);
};

/** Pictures of a folder have few sizes: the taps of the last ones are kept, which cost as much to make as to use. */
const recent = new Map<string, Taps>();
const mostRecent = 16;

const recentTaps = (source: number, target: number, filter: ResizeFilter): Taps => {
  const key = `${source} to ${target} by ${filter}`;
  const taps = recent.get(key) ?? resampleTaps(source, target, filter);
  recent.delete(key);
  recent.set(key, taps);
  for (const oldest of recent.keys()) if (recent.size > mostRecent) recent.delete(oldest);
  return taps;
};

/** The picture at a new size. Sizes are whole numbers, 1 or more. `resampled` may be a faster `resample` (see `vectorResample`). */
export const resized = (picture: Picture, width: number, height: number, filter: ResizeFilter, resampled: Resample = resample): Picture => {
  if (picture.width === width && picture.height === height) return picture;
  const whole: Box = { left: 0, top: 0, width: picture.width, height: picture.height };
  const pixels = new Uint8ClampedArray(width * height * 3);
  const [across, down] = [recentTaps(picture.width, width, filter), recentTaps(picture.height, height, filter)];
  resampled(picture.pixels, picture.width, whole, across, down, pixels);
  return { width, height, pixels: new Uint8Array(pixels.buffer) };
};

/** The picture as large as it fits into a square of `side` pixels, and no larger than it is. */
export const fitted = (picture: Picture, side: number, filter: ResizeFilter): Picture => {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const scaled = (length: number): number => Math.max(1, Math.round(length * scale));
  return resized(picture, scaled(picture.width), scaled(picture.height), filter);
};
