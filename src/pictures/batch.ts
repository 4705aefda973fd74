/**
 * Batches: packed 8-bit pictures cropped, resampled, flipped and normalised into the network's input.
 */
import { type Random, split, uniform } from "../random/index.js";
import { type ChannelStatistics, type Tensor, unsafeTensor } from "../tensor/index.js";
import { type Augmentation, randomCropBox } from "./augment.js";
import { type Box, centreBox } from "./picture.js";
import { type Resample, resample, resampleTaps, type Taps } from "./resize.js";

/** Square RGB pictures of one size, packed one behind the other, and their class numbers. */
export interface PackedPictures {
  readonly side: number;
  /** N * side * side * 3 bytes. */
  readonly pixels: Uint8Array;
  readonly labels: ArrayLike<number>;
}

/** Pictures and labels as a step takes them. */
export interface Batch {
  /** [N, size, size, 3], 32-bit floats, each channel minus its mean over its deviation. */
  readonly images: Tensor;
  /** [N] class numbers. */
  readonly labels: Tensor;
}

/** What the network sees of a picture: a part of it, perhaps mirrored left to right. */
export interface Framing {
  readonly box: Box;
  readonly mirrored: boolean;
}

const framingOf = (side: number, { size, random: augmented }: Augmentation, random: Random): Framing => {
  if (augmented === undefined) return { box: centreBox({ width: side, height: side }, size, size), mirrored: false };
  const [box, next] = randomCropBox(side, side, augmented.crop, random);
  const [coin] = uniform(next);
  return { box, mirrored: augmented.flip && coin < 0.5 };
};

/** What the network gets for each byte of each channel: (byte / 255 - mean) / deviation. [3][256] */
const normalised = ({ mean, deviation }: ChannelStatistics): Float32Array =>
  Float32Array.from({ length: 768 }, (_, index) => {
    const channel = index >> 8;
    return ((index & 255) / 255 - (mean[channel] as number)) / (deviation[channel] as number);
  });

/** Which channel of a pixel comes first, second and third. */
const orders = { rgb: [0, 1, 2], bgr: [2, 1, 0] } as const;

/** A square of `size` rows and columns at (left, top) of rows of `rowLength` pixels, perhaps mirrored left to right, as the network's `inputs` for its bytes; from `start` on. */
const place = (
  bytes: Uint8Array | Uint8ClampedArray,
  rowLength: number,
  { left, top }: Pick<Box, "left" | "top">,
  size: number,
  mirrored: boolean,
  inputs: Float32Array,
  order: ChannelStatistics["order"],
  images: Float32Array,
  start: number,
): void => {
  const [first, second, third] = orders[order ?? "rgb"];
  const step = mirrored ? -3 : 3;
  let to = start;
  for (let y = 0; y < size; y++) {
    let from = 3 * (rowLength * (top + y) + left + (mirrored ? size - 1 : 0));
    for (let x = 0; x < size; x++, from += step, to += 3) {
      images[to] = inputs[256 * first + (bytes[from + first] as number)] as number;
      images[to + 1] = inputs[256 * second + (bytes[from + second] as number)] as number;
      images[to + 2] = inputs[256 * third + (bytes[from + third] as number)] as number;
    }
  }
};

const origin = { left: 0, top: 0 };

const known = new Map<string, Taps>();

/** The taps of a crop's side, made once: a run has few sides, and making taps costs as much as using them. */
const cropTaps = (length: number, size: number): Taps => {
  const key = `${length} to ${size}`;
  const taps = known.get(key) ?? resampleTaps(length, size, "lanczos");
  known.set(key, taps);
  return taps;
};

/**
 * The given pictures in these framings, one each: cropped, resampled with the recipe's Lanczos filter to bytes, mirrored, normalised,
 * in that order. A box smaller than `size` is enlarged. [N, size, size, 3], in the memory of `into` where that has just the room.
 */
export const seen = (
  { side, pixels }: PackedPictures,
  indices: readonly number[],
  framings: readonly Framing[],
  { size, statistics }: Pick<Augmentation, "size" | "statistics">,
  resampled: Resample = resample,
  into?: Float32Array,
): Tensor => {
  const bytes = 3 * side * side;
  const values = 3 * size * size;
  const images = into?.length === indices.length * values ? into : new Float32Array(indices.length * values);
  const crop = new Uint8ClampedArray(values);
  const inputs = normalised(statistics);
  framings.forEach(({ box, mirrored }, position) => {
    const index = indices[position] as number;
    const stored = pixels.subarray(index * bytes, (index + 1) * bytes);
    // A crop of the size that is wanted is seen as it is: resampling would give its own bytes.
    const asItIs = box.width === size && box.height === size;
    if (!asItIs) resampled(stored, side, box, cropTaps(box.width, size), cropTaps(box.height, size), crop);
    const [from, rowLength, at] = asItIs ? ([stored, side, box] as const) : ([crop, size, origin] as const);
    place(from, rowLength, at, size, mirrored, inputs, statistics.order, images, position * values);
  });
  return unsafeTensor([indices.length, size, size, 3], images);
};

/**
 * The given pictures as one batch, seen as `augmentation` says. The same random state gives the same batch; each picture draws from
 * its own stream, by its position in the batch. `resampled` may be a faster `resample` (see `vectorResample`), and `into` memory for the
 * pictures, which is used where it has just the room.
 */
export const batch = (
  pictures: PackedPictures,
  indices: readonly number[],
  augmentation: Augmentation,
  random: Random,
  resampled: Resample = resample,
  into?: Float32Array,
): Batch => {
  const framings = indices.map((_, position) => framingOf(pictures.side, augmentation, split(random, position)));
  const labels = Float32Array.from(indices, (index) => pictures.labels[index] as number);
  return { images: seen(pictures, indices, framings, augmentation, resampled, into), labels: unsafeTensor([indices.length], labels) };
};
