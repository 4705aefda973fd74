/** Pictures in memory as training and evaluation see them: the same crops, flips and resampling as of pictures in files. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { classBalancedSampler, fittedBatch, type Sampler } from "../datasets/browser.js";
import type { Fault } from "../faults/index.js";
import { backbones } from "../nn/index.js";
import {
  type Augmentation,
  batch,
  batchesOf,
  evaluationAugmentation,
  type Picture,
  type PictureSource,
  type Resample,
  resized,
  type TrainingSource,
  trainingAugmentation,
} from "../pictures/browser.js";
import { type Random, seeded, split } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";
import { type Choices, usualChoices } from "./choices.js";
import type { Gathered } from "./pictures.js";

/** The sources of a racer, and the pictures by which its moments are seen. */
export interface Sources {
  readonly train: TrainingSource;
  readonly unseen: PictureSource;
  /** Every picture shown, in its order. */
  readonly all: PictureSource;
  /** A picture that is not among them, as evaluation sees it: [1, H, W, C]. */
  readonly look: (picture: Picture) => PictureSource;
  /** The batch that the training classes fill, and most of one class in it. */
  readonly batch: number;
  readonly perClass: number;
  /** Positions among the pictures shown: a batch as training draws them. */
  readonly probe: readonly number[];
  /** Positions among the pictures shown: unseen ones, as many at most, of all unseen classes in turn. */
  readonly sample: readonly number[];
}

/** Nothing of evaluation's view is left to chance. */
const unused = seeded(0);

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** Positions of each class, classes ascending. */
const membersOf = (labels: readonly number[], positions: readonly number[]): readonly (readonly number[])[] => {
  const members = new Map<number, number[]>();
  for (const position of positions) {
    const own = members.get(labels[position] ?? 0);
    if (own === undefined) members.set(labels[position] ?? 0, [position]);
    else own.push(position);
  }
  return [...members.values()];
};

/** Of each class its first, then of each its second, until there are `most`; class by class. */
const inTurn = (members: readonly (readonly number[])[], most: number): readonly number[] => {
  const longest = members.reduce((length, own) => Math.max(length, own.length), 0);
  const turns = range(0, longest).flatMap((turn) => members.flatMap((own) => own.slice(turn, turn + 1)));
  return turns.slice(0, most).toSorted((a, b) => a - b);
};

/** `spare` may be used for them where it has just the room. */
type Images = (indices: readonly number[], view: Augmentation, random: Random, spare?: Float32Array) => Tensor;

/** A row of the pictures as evaluation takes them. */
const rowsOf = (labels: readonly number[], from: number, to: number, images: Images, view: Augmentation): PictureSource => ({
  count: to - from,
  labels: labels.slice(from, to),
  plain: (indices, spare) =>
    TE.right(
      images(
        indices.map((index) => from + index),
        view,
        unused,
        spare,
      ),
    ),
});

const trainingRows = (rows: PictureSource, sampler: Sampler, images: Images, view: Augmentation): TrainingSource => ({
  ...rows,
  batches: batchesOf({
    labels: rows.labels,
    draw: sampler,
    images: (drawn, random, spare) => TE.right(images(drawn, view, random, spare)),
    values: 3 * view.size ** 2,
    ahead: 0,
  }),
});

/** What nobody chose may be fitted to the pictures. */
const openOf = (choices: Choices): readonly ("batch" | "perClass")[] =>
  (["batch", "perClass"] as const).filter((name) => choices[name] === usualChoices[name]);

/** The pictures as a racer sees them. Left: they do not fill the batch that was chosen. */
export const sourcesOf = (choices: Choices, pictures: Gathered, resampled: Resample): E.Either<Fault, Sources> => {
  const { imageSize, minArea } = choices;
  const { statistics } = backbones[choices.backbone];
  const { training, side, pixels, labels } = pictures;
  const members = membersOf(labels, range(0, training));
  const images: Images = (indices, view, random, spare) => batch({ side, pixels, labels }, indices, view, random, resampled, spare).images;
  const view = evaluationAugmentation(imageSize, statistics);
  return pipe(
    fittedBatch(members, { batch: choices.batch, perClass: choices.perClass, open: openOf(choices) }),
    E.bindTo("size"),
    E.bind("sampler", ({ size }) => classBalancedSampler(members, { batchSize: size.batch, imagesPerClass: size.perClass })),
    E.map(({ size, sampler }): Sources => {
      const train = rowsOf(labels, 0, training, images, view);
      return {
        train: trainingRows(train, sampler, images, trainingAugmentation(imageSize, statistics, minArea)),
        unseen: rowsOf(labels, training, labels.length, images, view),
        all: rowsOf(labels, 0, labels.length, images, view),
        look: (picture) => {
          const own = { side, pixels: resized(picture, side, side, "lanczos").pixels, labels: [0] };
          return { count: 1, labels: [0], plain: (indices) => TE.right(batch(own, indices, view, unused, resampled).images) };
        },
        batch: size.batch,
        perClass: size.perClass,
        probe: sampler(split(seeded(choices.seed), "probe"))[0].toSorted((a, b) => a - b),
        sample: inTurn(membersOf(labels, range(training, labels.length)), size.batch),
      };
    }),
  );
};
