/**
 * Pictures of a store as training and evaluation see them. The batches of coming steps are read and prepared while the caller
 * computes; which threads do it, and how far ahead, changes no bit of them.
 */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Sampler } from "../datasets/index.js";
import type { Fault } from "../faults/index.js";
import { type Augmentation, batchesOf, type PictureSource, sparesOf, type TrainingSource, vectorResample } from "../pictures/index.js";
import { type Random, seeded } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";
import { type Crew, openCrew } from "../workers/index.js";
import { type PrepareJob, prepared } from "./prepare.js";
import { pictureBytes } from "./shard.js";
import type { Store } from "./store.js";

/** How far ahead batches are prepared, and by how many threads. */
export interface Prefetch {
  /** Threads that prepare batches; 0: the caller's own prepares each when it is asked for. */
  readonly threads: number;
  /** Batches on their way besides the one asked for: one being prepared, the others being read. */
  readonly ahead: number;
}

/**
 * One batch is prepared by a thread of its own while the next are read. Reading goes on only between steps, where the engine computes on
 * this thread: with four on their way a step never waits for one whose pictures come from the disk.
 */
export const usualPrefetch: Prefetch = { threads: 1, ahead: 4 };

/** Prepares squares somewhere. */
export type Preparer = Crew<PrepareJob, Tensor>;

/** Opens the threads that prepare batches. Whoever opens them closes them. */
export const openPreparer = async ({ threads }: Prefetch): Promise<Preparer> =>
  openCrew("store/prepareWorker", threads, prepared(await vectorResample()));

/** A part of a store: the numbers of its pictures there, and the class of each. */
export interface Section {
  readonly pictures: readonly number[];
  readonly labels: readonly number[];
}

type Images = (
  indices: readonly number[],
  augmentation: Augmentation,
  random: Random,
  spare?: Float32Array,
) => TE.TaskEither<Fault, Tensor>;

const imagesOf = (store: Store, { pictures }: Section, { ask }: Preparer): Images => {
  // Threads see them as they lie here.
  const squares = sparesOf<Uint8Array>(usualPrefetch.ahead + 2);
  return (indices, augmentation, random, spare) => async () => {
    const length = indices.length * pictureBytes(store.side);
    const into = squares.take(length) ?? new Uint8Array(new SharedArrayBuffer(length));
    const read = await store.read(
      indices.map((index) => pictures[index] ?? -1),
      into,
    )();
    const handedOver = spare?.buffer instanceof ArrayBuffer ? [spare.buffer] : [];
    const seen = E.isLeft(read)
      ? read
      : E.right(await ask({ side: store.side, pixels: read.right, augmentation, random, into: spare }, handedOver));
    squares.give(into);
    return seen;
  };
};

/** Nothing of evaluation's view is left to chance. */
const unused = seeded(0);

/** A section of a store, as evaluation takes it. */
export const pictureSource = (store: Store, section: Section, view: Augmentation, preparer: Preparer): PictureSource => {
  const images = imagesOf(store, section, preparer);
  return { count: section.pictures.length, labels: section.labels, plain: (indices, spare) => images(indices, view, unused, spare) };
};

/** Pictures as they are stored, before any network's view of them. */
export interface Squares {
  /** Of each, in pixels. */
  readonly side: number;
  /** RGB bytes, one square behind the other, in this order. */
  readonly squares: (indices: readonly number[]) => TE.TaskEither<Fault, Uint8Array>;
}

/** A section of a store as it is stored: RGB bytes. */
export const squaresOf = (store: Store, { pictures }: Section): Squares => ({
  side: store.side,
  squares: (indices) => store.read(indices.map((index) => pictures[index] ?? -1)),
});

/** How a network sees pictures in training and in evaluation. */
export interface TrainingViews {
  readonly training: Augmentation;
  readonly evaluation: Augmentation;
}

/** `sampler` draws positions within the section. */
export const trainingSource = (
  store: Store,
  section: Section,
  views: TrainingViews,
  sampler: Sampler,
  preparer: Preparer,
  prefetch: Prefetch,
): TrainingSource => {
  const images = imagesOf(store, section, preparer);
  // Without a thread nothing would be gained by preparing what may never be asked for.
  const ahead = preparer.size === 0 ? 0 : prefetch.ahead;
  const batches = batchesOf({
    labels: section.labels,
    draw: sampler,
    images: (drawn, random, spare) => images(drawn, views.training, random, spare),
    values: 3 * views.training.size ** 2,
    ahead,
  });
  return { ...pictureSource(store, section, views.evaluation, preparer), batches };
};
