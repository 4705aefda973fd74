/** Pictures as training and evaluation see them, wherever they are kept: neither knows of a file. */
import type * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import type { Random } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";

/** Pictures as evaluation takes them. */
export interface PictureSource {
  readonly count: number;
  /** The class of each picture, a whole number. */
  readonly labels: readonly number[];
  /** As evaluation sees them, in this order: [n, H, W, C]. */
  readonly plain: (indices: readonly number[]) => TE.TaskEither<Fault, Tensor>;
}

/** What a step is given of the pictures. */
export interface GivenBatch {
  /** [N, H, W, C] */
  readonly images: Tensor;
  /** The class of each, a whole number. */
  readonly labels: readonly number[];
}

/** Pictures as training takes them. */
export interface TrainingSource extends PictureSource {
  /**
   * The batches of steps `first`, `first + 1`, .. without end. Step t gets what (random, t) says and nothing else: of the
   * stream `split(random, t)`, "batch" draws the pictures and "augmentation" their crops and flips.
   */
  readonly batches: (random: Random, first: number) => AsyncIterable<E.Either<Fault, GivenBatch>>;
}
