/**
 * What Winograd's convolutions have between their transforms: 36 matrices, an entry of each for every tile and channel,
 * for some tiles at a time, so that all of it stays in the thread's cache. Channels are multiples of 8.
 *
 * Windows lie as [36, tiles, channels] for products over channels and as [36, channels / 4, tiles, 4] for products over
 * tiles, sums and gradients as [36, channels / 8, tiles, 8]: so a register tile of 4 by 8 walks them without a jump.
 */
import { bytes } from "./command";
import { gradientLines, windowLines } from "./winograd";

/** Bytes of a vector, of 6 vectors in a row, and of one 6x6 patch of vectors. */
export const VECTOR: usize = 16;
export const ROW: usize = 6 * VECTOR;
export const PATCH: usize = 6 * ROW;

/** A line of the cache: matrices begin one further than a power of two would, lest all 36 fight for the same lines. */
export const LINE: usize = 64;

/** Bytes from one of the 36 matrices to the next. */
export function apartOf(channels: i32, tiles: i32): usize {
  return bytes(channels * tiles) + LINE;
}

/** The part of a square of `side` pixels at (y, x) that lies in an image: first and last row and column, packed in bytes. */
function presentOf(height: i32, width: i32, y: i32, x: i32, side: i32): i32 {
  return clamped(-y, side) | (clamped(height - y, side) << 8) | (clamped(-x, side) << 16) | (clamped(width - x, side) << 24);
}

function clamped(value: i32, most: i32): i32 {
  return max(0, min(most, value));
}

/** Four channels of the pixels that are present; `corner` is the square's, and may lie outside. The rest of the patch stays. */
function cut(corner: usize, row: usize, pixel: usize, present: i32, patch: usize): void {
  const lastRow = (present >> 8) & 255;
  const firstColumn = (present >> 16) & 255;
  const lastColumn = (present >> 24) & 255;
  for (let i = present & 255; i < lastRow; i++) {
    let at = corner + <usize>i * row + <usize>firstColumn * pixel;
    let to = patch + <usize>i * ROW + <usize>firstColumn * VECTOR;
    for (let j = firstColumn; j < lastColumn; j++, at += pixel, to += VECTOR) v128.store(to, v128.load(at));
  }
}

/**
 * B^T d B of `count` tiles from `first` on, all channels, to 36 matrices in which tiles and quads of channels are as far
 * apart as given. `patch`: two patches of scratch.
 */
export function windows(
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  down: i32,
  across: i32,
  first: i32,
  count: i32,
  tiles: i32,
  target: usize,
  tileApart: usize,
  quadApart: usize,
  patch: usize,
): void {
  const apart = apartOf(channels, tiles);
  const pixel = bytes(channels);
  const row = <usize>width * pixel;
  const half = patch + PATCH;
  const quads = channels >> 2;
  for (let tile = 0; tile < count; tile++) {
    const image = (first + tile) / (down * across);
    const place = first + tile - image * down * across;
    const y = (place / across) * 4 - top;
    const x = (place % across) * 4 - left;
    const inside = y >= 0 && x >= 0 && y + 6 <= height && x + 6 <= width;
    const present = presentOf(height, width, y, x, 6);
    if (!inside) memory.fill(patch, 0, PATCH);
    let at = source + <usize>image * <usize>height * row + <usize>y * row + <usize>x * pixel;
    let to = target + <usize>tile * tileApart;
    for (let quad = 0; quad < quads; quad++) {
      if (inside) {
        windowLines(at, row, pixel, half, ROW, VECTOR, 6);
      } else {
        cut(at, row, pixel, present, patch);
        windowLines(patch, ROW, VECTOR, half, ROW, VECTOR, 6);
      }
      windowLines(half, VECTOR, ROW, to, apart, 6 * apart, 6);
      at += VECTOR;
      to += quadApart;
    }
  }
}

/** A dy A^T of `count` tiles from `first` on, of `panels` times 8 channels, to [36, panels, tiles, 8]. */
export function gradients(
  dy: usize,
  height: i32,
  width: i32,
  channels: i32,
  panels: i32,
  down: i32,
  across: i32,
  first: i32,
  count: i32,
  tiles: i32,
  target: usize,
  patch: usize,
): void {
  const apart = apartOf(panels << 3, tiles);
  const pixel = bytes(channels);
  const row = <usize>width * pixel;
  const half = patch + PATCH;
  for (let tile = 0; tile < count; tile++) {
    const image = (first + tile) / (down * across);
    const place = first + tile - image * down * across;
    const y = (place / across) * 4;
    const x = (place % across) * 4;
    const inside = y + 4 <= height && x + 4 <= width;
    const present = presentOf(height, width, y, x, 4);
    if (!inside) memory.fill(patch, 0, PATCH);
    const from = dy + <usize>image * <usize>height * row + <usize>y * row + <usize>x * pixel;
    for (let quad = 0; quad < panels << 1; quad++) {
      const at = from + <usize>quad * VECTOR;
      if (inside) {
        gradientLines(at, row, pixel, half, ROW, VECTOR, 4);
      } else {
        cut(at, row, pixel, present, patch);
        gradientLines(patch, ROW, VECTOR, half, ROW, VECTOR, 4);
      }
      const to = target + <usize>((quad >> 1) * tiles + tile) * 32 + <usize>(quad & 1) * VECTOR;
      gradientLines(half, VECTOR, ROW, to, apart, 6 * apart, 6);
    }
  }
}
