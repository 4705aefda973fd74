/** Data sets and folders of photos opened as sources of pictures: to train, to look with, to be found, or all alike. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import {
  classBalancedSampler,
  classesOf,
  type DatasetChoice,
  type Description,
  describeDataset,
  type Part,
  subsetOf,
  unexpected,
} from "../datasets/index.js";
import { type Fault, failed, listed } from "../faults/index.js";
import {
  type Augmentation,
  defaultMaxPixels,
  evaluationAugmentation,
  type PictureSource,
  recipeCrop,
  storedSide,
  type TrainingSource,
  trainingAugmentation,
} from "../pictures/index.js";
import type { ChannelStatistics } from "../tensor/index.js";
import type { Progress } from "../workers/index.js";
import { openPreparer, type Prefetch, pictureSource, type Section, trainingSource, usualPrefetch } from "./batches.js";
import { shardFolders } from "./places.js";
import type { Readying } from "./ready.js";
import { openStore, type Store } from "./store.js";

/** The settings that views of pictures take. */
export interface ViewSettings {
  readonly imageSize: number;
  /** Folder of the decoded pictures; "" for beside the data. */
  readonly cache: string;
  /** Of the network that will see the pictures. */
  readonly statistics: ChannelStatistics;
}

/** A kind of data set finds its own settings among these. */
export interface SourceSettings extends ViewSettings, DatasetChoice {
  /** Smallest share of its picture that a random crop keeps. */
  readonly minArea: number;
  /** Pictures of a training batch, and most of one class among them. */
  readonly batch: number;
  readonly perClass: number;
}

export interface OpenOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly prefetch?: Prefetch | undefined;
}

/** What the pictures of a source are called. */
export interface Listed {
  /** Paths below the data's folder. */
  readonly files: readonly string[];
  /** The classes that it has pictures of. */
  readonly names: readonly string[];
}

export type NamedSource = PictureSource & Listed;

export interface Opened {
  /** What was left out or needs attention, a line each. */
  readonly warnings: readonly string[];
  /** Every class by its number, of all parts. */
  readonly classes: readonly string[];
  /** Ends the threads that prepare batches. They hold no program back from ending. */
  readonly close: () => Promise<void>;
}

export interface Sources extends Opened {
  readonly train: TrainingSource & Listed;
  /** What is looked for on unseen classes. */
  readonly query: NamedSource;
  /** Where it is looked for; undefined where the queries look among each other. */
  readonly gallery?: NamedSource;
}

const storedAs = (imageSize: number): Readying => ({ side: storedSide(imageSize), filter: "lanczos", maxPixels: defaultMaxPixels });

interface Stored {
  readonly description: Description;
  readonly classes: readonly string[];
  readonly store: Store;
}

/** Describes and decodes the data set that the settings name. */
const openStored = async (settings: DatasetChoice & ViewSettings, { onProgress }: OpenOptions): Promise<E.Either<Fault, Stored>> => {
  const description = describeDataset({ ...settings });
  if (E.isLeft(description)) return description;
  const { root, items } = description.right;
  const readying = storedAs(settings.imageSize);
  const store = await openStore({
    ...readying,
    root,
    paths: items.map(({ path }) => path),
    folders: shardFolders(root, readying, settings.cache === "" ? undefined : settings.cache),
    onProgress,
  })();
  return E.map((opened: Store): Stored => ({ description: description.right, classes: classesOf(items), store: opened }))(store);
};

type Chosen = Section & Listed;

/** The pictures of some parts, in the description's order. */
const sectionOf = ({ description, classes, store }: Stored, parts: readonly Part[]): Chosen => {
  const numberOf = new Map(classes.map((name, number) => [name, number]));
  const pictures = store.usable.filter((picture) => {
    const item = description.items[picture];
    return item !== undefined && parts.includes(item.part);
  });
  const items = pictures.flatMap((picture) => description.items[picture] ?? []);
  return {
    pictures,
    labels: items.map(({ label }) => numberOf.get(label) ?? 0),
    files: items.map(({ path }) => path),
    names: classesOf(items),
  };
};

const warningsOf = ({ description, store }: Stored): readonly string[] => [
  ...description.warnings,
  ...unexpected(description),
  ...store.warnings,
];

const named = <A>(source: A, { files, names }: Listed): A & Listed => ({ ...source, files, names });

/** Parts of a data set that must have pictures in them. */
const lacking = (description: Description, parts: Readonly<Record<string, Chosen>>): E.Either<Fault, void> => {
  const empty = Object.entries(parts).find(([, { pictures }]) => pictures.length === 0);
  return empty === undefined
    ? E.right(undefined)
    : E.left(failed(`the data set has no pictures for "${empty[0]}": choose another {data} or {dataset}`, { where: description.root }));
};

/** Training pictures and those of unseen classes, as the data set's description divides them. */
export const openSources =
  (settings: SourceSettings, options: OpenOptions = {}): TE.TaskEither<Fault, Sources> =>
  async () => {
    const stored = await openStored(settings, options);
    if (E.isLeft(stored)) return stored;
    const { store, classes, description } = stored.right;
    const train = sectionOf(stored.right, ["train"]);
    const query = sectionOf(stored.right, ["query", "test"]);
    const gallery = sectionOf(stored.right, ["gallery"]);
    const enough = lacking(description, { train, query });
    if (E.isLeft(enough)) return enough;
    const { members } = subsetOf({ classes, labels: train.labels }, [...new Set(train.labels)]);
    const sampler = classBalancedSampler(members, { batchSize: settings.batch, imagesPerClass: settings.perClass });
    if (E.isLeft(sampler)) return sampler;
    const evaluation = evaluationAugmentation(settings.imageSize, settings.statistics);
    const training: Augmentation = {
      ...trainingAugmentation(settings.imageSize, settings.statistics),
      random: { crop: { ...recipeCrop, area: [settings.minArea, 1] }, flip: true },
    };
    const prefetch = options.prefetch ?? usualPrefetch;
    const preparer = await openPreparer(prefetch);
    const views = { training, evaluation };
    return E.right({
      train: named(trainingSource(store, train, views, sampler.right, preparer, prefetch), train),
      query: named(pictureSource(store, query, evaluation, preparer), query),
      ...(gallery.pictures.length === 0 ? {} : { gallery: named(pictureSource(store, gallery, evaluation, preparer), gallery) }),
      warnings: warningsOf(stored.right),
      classes,
      close: preparer.close,
    });
  };

/** Every picture of a data set alike, whatever its part. */
export const openEverything =
  (settings: DatasetChoice & ViewSettings, options: OpenOptions = {}): TE.TaskEither<Fault, NamedSource & Opened> =>
  async () => {
    const stored = await openStored(settings, options);
    if (E.isLeft(stored)) return stored;
    const all = sectionOf(stored.right, ["train", "query", "gallery", "test"]);
    const preparer = await openPreparer(options.prefetch ?? usualPrefetch);
    const view = evaluationAugmentation(settings.imageSize, settings.statistics);
    return E.right({
      ...named(pictureSource(stored.right.store, all, view, preparer), all),
      warnings: warningsOf(stored.right),
      classes: stored.right.classes,
      close: preparer.close,
    });
  };

/**
 * Picture files without classes, in this order; those that cannot be used are left out and named in the warnings. Without a cache
 * of the user's choice nothing is written: pictures beyond what memory holds are then decoded once more when they are needed.
 */
export const openFiles =
  (settings: ViewSettings, files: readonly string[], options: OpenOptions = {}): TE.TaskEither<Fault, NamedSource & Opened> =>
  async () => {
    const readying = storedAs(settings.imageSize);
    const folders = settings.cache === "" ? [] : shardFolders("", readying, settings.cache);
    const store = await openStore({ ...readying, root: "", paths: files, folders, skipBad: true, onProgress: options.onProgress })();
    if (E.isLeft(store)) return store;
    const { usable, warnings } = store.right;
    if (usable.length === 0) return E.left(failed(`no picture there can be used: give a folder of photos${listed(warnings)}`));
    const preparer = await openPreparer(options.prefetch ?? usualPrefetch);
    const view = evaluationAugmentation(settings.imageSize, settings.statistics);
    const section = { pictures: usable, labels: usable.map(() => 0), files: usable.map((picture) => files[picture] ?? ""), names: [] };
    return E.right({
      ...named(pictureSource(store.right, section, view, preparer), section),
      warnings,
      classes: [],
      close: preparer.close,
    });
  };
