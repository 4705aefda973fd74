/** Pictures as training and evaluation see them, wherever they are kept: neither knows of a file. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import { type Random, split } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";
import { sparesOf } from "./spares.js";

/** Pictures as evaluation takes them. */
export interface PictureSource {
  readonly count: number;
  /** The class of each picture, a whole number. */
  readonly labels: readonly number[];
  /**
   * As evaluation sees them, in this order: [n, H, W, C]. `spare` is memory that the caller has no use for any more, such as the numbers of
   * an earlier answer: the source may take it for this one.
   */
  readonly plain: (indices: readonly number[], spare?: Float32Array) => TE.TaskEither<Fault, Tensor>;
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
   * stream `split(random, t)`, "batch" draws the pictures and "augmentation" their crops and flips. A batch is good as
   * long as it is among the last `held` that were asked for; for ever where that is left out.
   */
  readonly batches: (random: Random, first: number, held?: number) => AsyncIterable<E.Either<Fault, GivenBatch>>;
}

/** Draws the pictures of a batch: their positions, and the random state after it. */
export type Drawing = (random: Random) => readonly [indices: readonly number[], next: Random];

/** What a stream of batches is made of. */
export interface Given {
  readonly labels: readonly number[];
  readonly draw: Drawing;
  /** Makes pictures ready; in `spare` where it has just the room, if it likes. */
  readonly images: (indices: readonly number[], random: Random, spare?: Float32Array) => TE.TaskEither<Fault, Tensor>;
  /** Numbers of a picture that is made ready. */
  readonly values: number;
  /** Batches that are asked for besides the one that is waited for. */
  readonly ahead: number;
}

/** Batches as `TrainingSource` promises them. The memory of those that are not held any more is used again. */
export const batchesOf = ({ labels, draw, images, values, ahead }: Given): TrainingSource["batches"] =>
  async function* (random, first, held = Number.POSITIVE_INFINITY) {
    const spares = sparesOf<Float32Array>(ahead + 2);
    const given = (step: number): TE.TaskEither<Fault, GivenBatch> => {
      const own = split(random, step);
      const [drawn] = draw(split(own, "batch"));
      return pipe(
        images(drawn, split(own, "augmentation"), spares.take(drawn.length * values)),
        TE.map((made) => ({ images: made, labels: drawn.map((index) => labels[index] ?? 0) })),
      );
    };
    const coming: Promise<E.Either<Fault, GivenBatch>>[] = [];
    const out: GivenBatch[] = [];
    for (let step = first; ; step++) {
      while (out.length >= held) {
        const data = out.shift()?.images.data;
        if (data instanceof Float32Array) spares.give(data);
      }
      while (coming.length <= ahead) coming.push(given(step + coming.length)());
      const batch = await coming.shift();
      if (batch === undefined) continue;
      if (E.isRight(batch) && held !== Number.POSITIVE_INFINITY) out.push(batch.right);
      yield batch;
    }
  };
