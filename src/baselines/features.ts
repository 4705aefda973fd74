/** Pictures as numbers without a network, to be compared by Euclidean distance as embeddings are. */
import { resized } from "../pictures/index.js";
import type { Tensor } from "../tensor/index.js";

/** Something that has learned nothing and retrieves all the same. */
export interface Baseline {
  readonly title: string;
  readonly about: string;
  /** The numbers of one picture, as many for each: of a square of side * side RGB pixels. */
  readonly features: (square: Uint8Array, side: number) => ArrayLike<number>;
}

const thumbnailSide = 12;

/** The picture at 12 x 12 pixels, its bytes one after the other: 432 numbers. */
export const thumbnail: Baseline["features"] = (square, side) =>
  resized({ width: side, height: side, pixels: square }, thumbnailSide, thumbnailSide, "lanczos").pixels;

/** Levels of a channel: bytes 0 .. 255 in six bins as even as can be. */
const levels = 6;
const levelOf = (byte: number): number => (byte * levels) >> 8;

/**
 * Square roots of the shares of the picture's pixels in each of 6 x 6 x 6 colours, red slowest: 216 numbers. Between square roots
 * the Euclidean distance is Hellinger's, but for a factor: a colour that fills a wall does not drown the others.
 */
export const colourHistogram: Baseline["features"] = (square) => {
  const counts = new Float64Array(levels ** 3);
  const pixels = square.length / 3;
  for (let at = 0; at < square.length; at += 3) {
    const [red, green, blue] = [square[at] as number, square[at + 1] as number, square[at + 2] as number];
    const bin = (levelOf(red) * levels + levelOf(green)) * levels + levelOf(blue);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts.map((count) => Math.sqrt(count / pixels));
};

/** A new one is one entry. */
export const baselines = {
  pixels: { title: "12 x 12 pixels", about: "each picture at 12 x 12 pixels, by Euclidean distance", features: thumbnail },
  histogram: { title: "colour histogram", about: "shares of 216 colours, by Hellinger distance", features: colourHistogram },
} as const satisfies Readonly<Record<string, Baseline>>;

/** The features of squares one behind the other: [N, D]. */
export const featuresOf = ({ features }: Baseline, squares: Uint8Array, side: number): Tensor => {
  const bytes = 3 * side * side;
  const rows = Array.from({ length: squares.length / bytes }, (_, row) => features(squares.subarray(row * bytes, (row + 1) * bytes), side));
  const width = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * width);
  rows.forEach((row, index) => {
    data.set(row, index * width);
  });
  return { shape: [rows.length, width], data };
};
