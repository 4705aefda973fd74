/** What training and evaluation ask of a set of pictures, whatever made them. */
import type { Random } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";

export interface Pictures {
  readonly count: number;
  /** The class of each picture, a whole number. */
  readonly labels: readonly number[];
  /** Pictures as training sees them: cropped, flipped, normalised. [n, H, W, 3] */
  readonly augmented: (indices: readonly number[], random: Random) => Tensor;
  /** Pictures as evaluation sees them. [n, H, W, 3] */
  readonly plain: (indices: readonly number[]) => Tensor;
  /** The pictures of one batch: classes in random order, up to m of each, without replacement. */
  readonly batch: (size: number, perClass: number, random: Random) => readonly number[];
}
