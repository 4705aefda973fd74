/**
 * Batches: crop, resample, flip and normalise packed 8-bit pictures into the network's input, in one pass each way.
 */
import { type Random, split, uniform } from "../random/index.js";
import { type Tensor, unsafeTensor } from "../tensor/index.js";
import { type Augmentation, randomCropBox } from "./augment.js";
import { type Box, centreBox } from "./picture.js";
import { resampleRows, resampleTaps, type Taps } from "./resize.js";

/** Square RGB pictures of one size, packed one behind the other, and their class numbers. */
export interface PackedPictures {
  readonly side: number;
  /** N * side * side * 3 bytes. */
  readonly pixels: Uint8Array;
  readonly labels: ArrayLike<number>;
}

export interface Batch {
  /** [N, size, size, 3], 32-bit floats, each channel minus its mean over its deviation. */
  readonly images: Tensor;
  /** [N] class numbers. */
  readonly labels: Tensor;
}

interface View {
  readonly box: Box;
  readonly mirrored: boolean;
}

const viewOf = (side: number, { size, random: augmented }: Augmentation, random: Random): View => {
  if (augmented === undefined) return { box: centreBox({ width: side, height: side }, size, size), mirrored: false };
  const [box, next] = randomCropBox(side, side, augmented.crop, random);
  const [coin] = uniform(next);
  return { box, mirrored: augmented.flip && coin < 0.5 };
};

/**
 * The given pictures as one batch. The same random state gives the same batch; each picture draws from its own stream, by its
 * position in the batch. A picture stored smaller than `size` is enlarged.
 */
export const batch = (pictures: PackedPictures, indices: readonly number[], augmentation: Augmentation, random: Random): Batch => {
  const { side, pixels } = pictures;
  const { size, statistics } = augmentation;
  const bytes = 3 * side * side;
  const rowValues = 3 * size;
  const images = new Float32Array(indices.length * size * rowValues);
  const across = new Float32Array(side * rowValues);
  const tapsOfLength = new Map<number, Taps>();
  const tapsFor = (length: number): Taps => {
    const known = tapsOfLength.get(length) ?? resampleTaps(length, size, "triangle");
    tapsOfLength.set(length, known);
    return known;
  };
  const gain = statistics.deviation.map((deviation) => 1 / (255 * deviation));
  const shift = statistics.mean.map((mean, channel) => -mean / (statistics.deviation[channel] as number));
  const sums = new Float32Array(rowValues);
  indices.forEach((index, position) => {
    const { box, mirrored } = viewOf(side, augmentation, split(random, position));
    resampleRows(pixels.subarray(index * bytes, (index + 1) * bytes), side, box.left, box.top, box.height, tapsFor(box.width), across);
    const down = tapsFor(box.height);
    for (let y = 0; y < size; y++) {
      sums.fill(0);
      for (let k = 0; k < (down.count[y] as number); k++) {
        const weight = down.weights[y * down.stride + k] as number;
        const from = ((down.first[y] as number) + k) * rowValues;
        for (let i = 0; i < rowValues; i++) sums[i] = (sums[i] as number) + weight * (across[from + i] as number);
      }
      const rowStart = (position * size + y) * rowValues;
      for (let x = 0; x < size; x++) {
        const to = rowStart + 3 * (mirrored ? size - 1 - x : x);
        for (let channel = 0; channel < 3; channel++)
          images[to + channel] = (sums[3 * x + channel] as number) * (gain[channel] as number) + (shift[channel] as number);
      }
    }
  });
  const labels = Float32Array.from(indices, (index) => pictures.labels[index] as number);
  return { images: unsafeTensor([indices.length, size, size, 3], images), labels: unsafeTensor([indices.length], labels) };
};
