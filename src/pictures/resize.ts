/**
 * Separable resizing with antialiasing: when a picture shrinks, the filter widens by the same factor, so that every source pixel
 * counts. Weights are those of Pillow (and so of torchvision on Pillow images), in floating point.
 */
import type { Picture } from "./picture.js";

export type ResizeFilter = "lanczos" | "triangle";

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Half-width of each filter at scale 1, and its value there. */
const filters: Record<ResizeFilter, { readonly support: number; readonly value: (x: number) => number }> = {
  lanczos: { support: 3, value: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
  triangle: { support: 1, value: (x) => Math.max(0, 1 - Math.abs(x)) },
};

/** For each target position: the first source position, how many follow, and their weights (which add up to 1). */
export interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` weights for each target position, the first `count` of which are used. */
  readonly weights: Float32Array;
  readonly stride: number;
}

/** The weights that take `source` samples to `target` samples. */
export const resampleTaps = (source: number, target: number, filter: ResizeFilter): Taps => {
  const { support, value } = filters[filter];
  const scale = source / target;
  const widened = Math.max(1, scale);
  const reach = support * widened;
  const stride = Math.ceil(2 * reach) + 2;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Float32Array(target * stride);
  for (let position = 0; position < target; position++) {
    const centre = (position + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - reach + 0.5));
    const to = Math.min(source, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: to - from }, (_, k) => value((from + k - centre + 0.5) / widened));
    const sum = raw.reduce((a, b) => a + b, 0);
    first[position] = from;
    count[position] = to - from;
    raw.forEach((weight, k) => {
      weights[position * stride + k] = weight / sum;
    });
  }
  return { first, count, weights, stride };
};

/** Rows of interleaved RGB, each resampled from the window that starts at `left`: [rows, target, 3]. */
export const resampleRows = (
  pixels: ArrayLike<number>,
  rowLength: number,
  left: number,
  top: number,
  rows: number,
  taps: Taps,
  into: Float32Array,
): Float32Array => {
  const target = taps.first.length;
  for (let row = 0; row < rows; row++) {
    const rowStart = 3 * ((top + row) * rowLength + left);
    for (let x = 0; x < target; x++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let from = rowStart + 3 * (taps.first[x] as number);
      const weightStart = x * taps.stride;
      const weightEnd = weightStart + (taps.count[x] as number);
      for (let k = weightStart; k < weightEnd; k++, from += 3) {
        const weight = taps.weights[k] as number;
        red += weight * (pixels[from] as number);
        green += weight * (pixels[from + 1] as number);
        blue += weight * (pixels[from + 2] as number);
      }
      const to = 3 * (row * target + x);
      into[to] = red;
      into[to + 1] = green;
      into[to + 2] = blue;
    }
  }
  return into;
};

/** The picture at a new size. Sizes are whole numbers, 1 or more. */
export const resized = (picture: Picture, width: number, height: number, filter: ResizeFilter): Picture => {
  if (picture.width === width && picture.height === height) return picture;
  const across = resampleRows(
    picture.pixels,
    picture.width,
    0,
    0,
    picture.height,
    resampleTaps(picture.width, width, filter),
    new Float32Array(picture.height * width * 3),
  );
  const down = resampleTaps(picture.height, height, filter);
  const pixels = new Uint8ClampedArray(width * height * 3);
  const row = new Float32Array(width * 3);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    for (let k = 0; k < (down.count[y] as number); k++) {
      const weight = down.weights[y * down.stride + k] as number;
      const from = ((down.first[y] as number) + k) * width * 3;
      for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) + weight * (across[from + i] as number);
    }
    pixels.set(row, y * width * 3);
  }
  return { width, height, pixels: new Uint8Array(pixels.buffer) };
};
