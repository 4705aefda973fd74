/** A folder of class folders as training and evaluation see it: some classes train, the others are never seen and test. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { classBalancedSampler, type Subset, splitByClass } from "../datasets/index.js";
import { type Fault, failed, inWords } from "../faults/index.js";
import { imagenetStatistics } from "../nn/index.js";
import {
  batch,
  decodeImage,
  evaluationAugmentation,
  type PackedPictures,
  type Picture,
  recipeCrop,
  resized,
  storedSide,
  trainingAugmentation,
} from "../pictures/index.js";
import { type Random, seeded } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";
import { type Dataset, openDataset } from "./dataset.js";

export interface Pictures {
  readonly count: number;
  /** The class of each picture, a whole number. */
  readonly labels: readonly number[];
  /** Paths below the data's folder. */
  readonly files: readonly string[];
  readonly classes: number;
  /** As training sees them: cropped, flipped, normalised. [n, H, W, 3] */
  readonly augmented: (indices: readonly number[], random: Random) => Tensor;
  /** As evaluation sees them. [n, H, W, 3] */
  readonly plain: (indices: readonly number[]) => Tensor;
}

/** Training pictures also know how to draw a batch. */
export interface TrainingPictures extends Pictures {
  /** Pictures of one batch: classes in random order, up to m of each, without replacement. */
  readonly draw: (random: Random) => readonly number[];
}

export interface SplitPictures {
  readonly train: TrainingPictures;
  readonly test: Pictures;
  readonly warnings: readonly string[];
}

export interface PictureSettings {
  readonly data: string;
  readonly imageSize: number;
  readonly minArea: number;
  readonly cache: string;
  readonly batch: number;
  readonly perClass: number;
  readonly trainShare: number;
}

type Packed = PackedPictures & Pick<Dataset, "files">;

const picturesOf = (dataset: Packed, { indices, classes }: Pick<Subset, "indices" | "classes">, settings: PictureSettings): Pictures => {
  const training = {
    ...trainingAugmentation(settings.imageSize, imagenetStatistics),
    random: { crop: { ...recipeCrop, area: [settings.minArea, 1] as const }, flip: true },
  };
  const evaluation = evaluationAugmentation(settings.imageSize, imagenetStatistics);
  const own = (wanted: readonly number[]) => wanted.map((index) => indices[index] ?? 0);
  const unused = seeded(0);
  return {
    count: indices.length,
    labels: indices.map((index) => dataset.labels[index] ?? 0),
    files: indices.map((index) => dataset.files[index] ?? ""),
    classes: classes.length,
    augmented: (wanted, random) => batch(dataset, own(wanted), training, random).images,
    plain: (wanted) => batch(dataset, own(wanted), evaluation, unused).images,
  };
};

type OnProgress = (done: number, total: number) => void;

const opened = (settings: PictureSettings, onProgress: OnProgress): TE.TaskEither<Fault, Dataset> =>
  openDataset({
    root: settings.data,
    side: storedSide(settings.imageSize),
    cacheFolder: settings.cache === "" ? undefined : settings.cache,
    onProgress: ({ done, total }) => onProgress(done, total),
  });

/** Every picture of a folder of class folders. */
export const openPictures =
  (settings: PictureSettings, onProgress: OnProgress): TE.TaskEither<Fault, Pictures & { readonly warnings: readonly string[] }> =>
  async () => {
    const dataset = await opened(settings, onProgress)();
    if (E.isLeft(dataset)) return dataset;
    const all = {
      indices: dataset.right.files.map((_, index) => index),
      classes: dataset.right.classes.map((_, index) => index),
    };
    return E.right({ ...picturesOf(dataset.right, all, settings), warnings: dataset.right.warnings });
  };

/** The same folder, split by class as the settings say. */
export const openSplit =
  (settings: PictureSettings, onProgress: OnProgress): TE.TaskEither<Fault, SplitPictures> =>
  async () => {
    const dataset = await opened(settings, onProgress)();
    if (E.isLeft(dataset)) return dataset;
    const halves = splitByClass(dataset.right, { fraction: settings.trainShare });
    if (E.isLeft(halves)) return halves;
    const { train, test } = halves.right;
    const position = new Map(train.indices.map((index, place) => [index, place]));
    const members = train.members.map((images) => images.map((index) => position.get(index) ?? 0));
    const sampler = classBalancedSampler(members, { batchSize: settings.batch, imagesPerClass: settings.perClass });
    if (E.isLeft(sampler)) return sampler;
    return E.right({
      train: { ...picturesOf(dataset.right, train, settings), draw: (random) => sampler.right(random)[0] },
      test: picturesOf(dataset.right, test, settings),
      warnings: dataset.right.warnings,
    });
  };

/** Every picture file in a folder and below it, in order; hidden ones left out. Throws what the system says of an unreadable folder. */
export const picturesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return picturesBelow(path);
      return /\.(jpe?g|png)$/i.test(entry.name) ? [path] : [];
    });

/** Picture files without classes, in this order; those that cannot be used are left out and named in the warnings. */
export const openFiles = (
  settings: PictureSettings,
  files: readonly string[],
  bar: { readonly update: OnProgress; readonly stop: () => void },
): E.Either<Fault, Pictures & { readonly warnings: readonly string[] }> => {
  const side = storedSide(settings.imageSize);
  const decoded = files.map((file, index) => {
    const bytes = E.tryCatch(
      () => readFileSync(file),
      (thrown) => failed(`${file}: cannot be read: ${inWords(thrown)}`),
    );
    const picture: E.Either<Fault, Picture> = E.isLeft(bytes) ? bytes : decodeImage(bytes.right, file);
    bar.update(index + 1, files.length);
    return { file, stored: E.map((whole: Picture) => resized(whole, side, side, "lanczos").pixels)(picture) };
  });
  bar.stop();
  const good = decoded.flatMap(({ file, stored }) => (E.isRight(stored) ? [{ file, pixels: stored.right }] : []));
  const warnings = decoded.flatMap(({ stored }) => (E.isLeft(stored) ? [stored.left.message] : []));
  if (good.length === 0) return E.left(failed(warnings[0] ?? "no .jpg, .jpeg or .png there: give a folder of photos"));
  const bytes = 3 * side * side;
  const pixels = new Uint8Array(good.length * bytes);
  good.forEach((picture, index) => {
    pixels.set(picture.pixels, index * bytes);
  });
  const packed = { side, pixels, labels: new Int32Array(good.length), files: good.map(({ file }) => file) };
  const indices = good.map((_, index) => index);
  return E.right({ ...picturesOf(packed, { indices, classes: [] }, settings), warnings });
};
