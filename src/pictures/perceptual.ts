/**
 * A picture's look in 64 bits: near copies of a picture differ in few of them, other pictures in about half. By the signs of low
 * frequencies, as pHash (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions", section 3.2), with other frequencies.
 */
import type { Picture } from "./picture.js";
import { resized } from "./resize.js";

/** Pictures are compared at this side, stretched to a square. */
export const lookSide = 32;

/** 64 bits; undefined of a picture that is almost of one grey: it has no look that could be another's. */
export type Look = bigint | undefined;

/** Greys that deviate less than this from their mean, of 255, are noise of an encoder. */
const leastDeviation = 2;

/** The 64 lowest frequencies but the mean: by u + v, then by u. */
const frequencies = Array.from({ length: 11 }, (_, sum) => Array.from({ length: sum + 1 }, (_, u) => [u, sum - u] as const))
  .flat()
  .slice(1, 65);
const highest = 1 + Math.max(...frequencies.map(([u]) => u));

/** cos(pi (2 x + 1) u / 2 n) of each frequency u and place x: the DCT-II without its factors, which no sign depends on. */
const cosines = Float64Array.from({ length: highest * lookSide }, (_, at) =>
  Math.cos((Math.PI * (2 * (at % lookSide) + 1) * Math.floor(at / lookSide)) / (2 * lookSide)),
);

/** ITU-R BT.601 luma. */
const greysOf = (pixels: Uint8Array): Float64Array =>
  Float64Array.from(
    { length: pixels.length / 3 },
    (_, at) => 0.299 * (pixels[3 * at] as number) + 0.587 * (pixels[3 * at + 1] as number) + 0.114 * (pixels[3 * at + 2] as number),
  );

/** Each row's part at frequency u: [highest, rows]. */
const across = (values: Float64Array, rows: number): Float64Array =>
  Float64Array.from({ length: highest * rows }, (_, at) => {
    const [u, row] = [Math.floor(at / rows), at % rows];
    let sum = 0;
    for (let x = 0; x < lookSide; x++) sum += (values[row * lookSide + x] as number) * (cosines[u * lookSide + x] as number);
    return sum;
  });

/**
 * Shrunk to 32 x 32, grey, its DCT's 64 lowest frequencies but the mean, a bit each: 1 where it is above their median. A picture of another
 * size, brightness or encoding keeps most of its bits; one that is turned, mirrored or cropped does not. Colours are not seen.
 */
export const lookOf = (picture: Picture): Look => {
  const greys = greysOf(resized(picture, lookSide, lookSide, "triangle").pixels);
  const mean = greys.reduce((sum, grey) => sum + grey, 0) / greys.length;
  const deviation = Math.sqrt(greys.reduce((sum, grey) => sum + (grey - mean) ** 2, 0) / greys.length);
  if (deviation < leastDeviation) return undefined;
  // [u, y], and of that [v, u].
  const spectrum = across(across(greys, lookSide), highest);
  const parts = frequencies.map(([u, v]) => spectrum[v * highest + u] as number);
  const sorted = parts.toSorted((a, b) => a - b);
  const median = ((sorted[31] as number) + (sorted[32] as number)) / 2;
  return parts.reduce((bits, part) => (bits << 1n) | (part > median ? 1n : 0n), 0n);
};
