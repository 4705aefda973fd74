/** Sources read whole into memory, for callers that compute between two pictures and cannot wait. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { classBalancedSampler, describeFolders, type Subset, splitByClass } from "../datasets/index.js";
import { type Fault, failed } from "../faults/index.js";
import { imagenetStatistics } from "../nn/index.js";
import {
  batch,
  defaultMaxPixels,
  evaluationAugmentation,
  type PackedPictures,
  recipeCrop,
  storedSide,
  trainingAugmentation,
} from "../pictures/index.js";
import { type Random, seeded } from "../random/index.js";
import type { Tensor } from "../tensor/index.js";
import { shardFolders } from "./places.js";
import { openStore } from "./store.js";

export interface Pictures {
  readonly count: number;
  readonly labels: readonly number[];
  readonly files: readonly string[];
  readonly classes: number;
  readonly augmented: (indices: readonly number[], random: Random) => Tensor;
  readonly plain: (indices: readonly number[]) => Tensor;
}

export interface TrainingPictures extends Pictures {
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

type Packed = PackedPictures & { readonly files: readonly string[] };

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

interface Whole extends Packed {
  readonly classes: readonly string[];
  readonly warnings: readonly string[];
}

const readWhole = async (settings: PictureSettings, onProgress: OnProgress): Promise<E.Either<Fault, Whole>> => {
  const description = describeFolders(settings.data, 0.5);
  if (E.isLeft(description)) return description;
  const { root, items, warnings } = description.right;
  const files = items.map(({ path }) => path);
  const classes = [...new Set(items.map(({ label }) => label))];
  const readying = { side: storedSide(settings.imageSize), filter: "lanczos", maxPixels: defaultMaxPixels } as const;
  const folders = shardFolders(root, readying, settings.cache === "" ? undefined : settings.cache);
  const store = await openStore({
    ...readying,
    root,
    paths: files,
    folders,
    onProgress: ({ done, total }) => onProgress(done, total),
  })();
  if (E.isLeft(store)) return store;
  const pixels = await store.right.read(store.right.usable)();
  if (E.isLeft(pixels)) return pixels;
  const labels = items.map(({ label }) => classes.indexOf(label));
  return E.right({ side: readying.side, pixels: pixels.right, labels, files, classes, warnings: [...warnings, ...store.right.warnings] });
};

export const openPictures =
  (settings: PictureSettings, onProgress: OnProgress): TE.TaskEither<Fault, Pictures & { readonly warnings: readonly string[] }> =>
  async () => {
    const dataset = await readWhole(settings, onProgress);
    if (E.isLeft(dataset)) return dataset;
    const { files, classes, warnings } = dataset.right;
    const all = { indices: files.map((_, index) => index), classes: classes.map((_, index) => index) };
    return E.right({ ...picturesOf(dataset.right, all, settings), warnings });
  };

export const openSplit =
  (settings: PictureSettings, onProgress: OnProgress): TE.TaskEither<Fault, SplitPictures> =>
  async () => {
    const dataset = await readWhole(settings, onProgress);
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

export const openFilesWhole =
  (
    settings: PictureSettings,
    paths: readonly string[],
    bar: { readonly update: OnProgress; readonly stop: () => void },
  ): TE.TaskEither<Fault, Pictures & { readonly warnings: readonly string[] }> =>
  async () => {
    const readying = { side: storedSide(settings.imageSize), filter: "lanczos", maxPixels: defaultMaxPixels } as const;
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) => bar.update(done, total);
    const store = await openStore({ ...readying, root: "", paths, folders: [], skipBad: true, onProgress })();
    bar.stop();
    if (E.isLeft(store)) return store;
    const { usable, warnings } = store.right;
    if (usable.length === 0) return E.left(failed(warnings[0] ?? "no .jpg, .jpeg or .png there: give a folder of photos"));
    const pixels = await store.right.read(usable)();
    if (E.isLeft(pixels)) return pixels;
    const files = usable.map((index) => paths[index] ?? "");
    const packed = { side: readying.side, pixels: pixels.right, labels: files.map(() => 0), files };
    return E.right({ ...picturesOf(packed, { indices: files.map((_, index) => index), classes: [] }, settings), warnings });
  };
