/** Stored squares to a network's input: the work of a preparing thread. */
import { type Augmentation, batch, type Resample } from "../pictures/index.js";
import type { Random } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";

export interface PrepareJob {
  /** Side of the squares. */
  readonly side: number;
  /** Squares one behind the other. */
  readonly pixels: Uint8Array;
  readonly augmentation: Augmentation;
  readonly random: Random;
  /** Memory for the result, where somebody has some left. */
  readonly into?: Float32Array | undefined;
}

/** All squares of the job as one batch, [N, size, size, 3]. */
export const prepared =
  (resampled: Resample) =>
  ({ side, pixels, augmentation, random, into }: PrepareJob): Tensor => {
    const count = pixels.length / (3 * side * side);
    const pictures = Array.from({ length: count }, (_, index) => index);
    return batch({ side, pixels, labels: pictures }, pictures, augmentation, random, resampled, into).images;
  };
