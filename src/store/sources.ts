/** Data sets and folders of photos opened as sources of pictures: to train, to look with, to be found, or all alike. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import {
  classBalancedSampler,
  classesOf,
  type DatasetChoice,
  type Description,
  describeDataset,
  type Part,
  type Recorded,
  subsetOf,
  unexpected,
} from "../datasets/index.js";
import { type Fault, failed, listed as lines } from "../faults/index.js";
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
import { openPreparer, type Prefetch, type Preparer, pictureSource, type Section, trainingSource, usualPrefetch } from "./batches.js";
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

export interface TrainingSettings extends ViewSettings {
  /** Smallest share of its picture that a random crop keeps. */
  readonly minArea: number;
  /** Pictures of a training batch, and most of one class among them. */
  readonly batch: number;
  readonly perClass: number;
}

/** A kind of data set finds its own settings among these. */
export interface SourceSettings extends TrainingSettings, DatasetChoice {}

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
  /** Every picture that is used, as a run records it. */
  readonly recorded: Recorded;
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

/** Decodes what the description names. */
const openStored = (description: Description, settings: ViewSettings, { onProgress }: OpenOptions): TE.TaskEither<Fault, Stored> => {
  const { root, items } = description;
  const readying = storedAs(settings.imageSize);
  return pipe(
    openStore({
      ...readying,
      root,
      paths: items.map(({ path }) => path),
      folders: shardFolders(root, readying, settings.cache === "" ? undefined : settings.cache),
      onProgress,
    }),
    TE.map((store): Stored => ({ description, classes: classesOf(items), store })),
  );
};

type Chosen = Section & Listed;

/** The pictures of some parts, in the description's order. */
const sectionOf = ({ description, classes, store }: Stored, parts: readonly Part[], without: ReadonlySet<string> = new Set()): Chosen => {
  const numberOf = new Map(classes.map((name, number) => [name, number]));
  const pictures = store.usable.filter((picture) => {
    const item = description.items[picture];
    return item !== undefined && parts.includes(item.part) && !without.has(item.path);
  });
  const items = pictures.flatMap((picture) => description.items[picture] ?? []);
  return {
    pictures,
    labels: items.map(({ label }) => numberOf.get(label) ?? 0),
    files: items.map(({ path }) => path),
    names: classesOf(items),
  };
};

const recordedOf = ({ description: { name, root, items }, store }: Stored): Recorded => {
  const usable = new Set(store.usable);
  return {
    name,
    root,
    items: items.flatMap((item, picture) => (usable.has(picture) ? [{ ...item, hash: store.hashOf(picture) }] : [])),
    leftOut: items.flatMap(({ path }, picture) => (usable.has(picture) ? [] : [path])),
  };
};

const warningsOf = ({ description, store }: Stored): readonly string[] => [
  ...description.warnings,
  ...unexpected(description),
  ...store.warnings,
];

const listed = <A>(source: A, { files, names }: Listed): A & Listed => ({ ...source, files, names });

/** Parts of a data set that must have pictures in them. */
const lacking = (description: Description, parts: Readonly<Record<string, Chosen>>): E.Either<Fault, void> => {
  const empty = Object.entries(parts).find(([, { pictures }]) => pictures.length === 0);
  return empty === undefined
    ? E.right(undefined)
    : E.left(failed(`the data set has no pictures for "${empty[0]}": choose another {data} or {dataset}`, { where: description.root }));
};

const preparerOf = ({ prefetch = usualPrefetch }: OpenOptions): TE.TaskEither<Fault, Preparer> => TE.fromTask(() => openPreparer(prefetch));

/** Training pictures and those of unseen classes, as the description divides them. */
export const openDescribed = (
  description: Description,
  settings: TrainingSettings,
  options: OpenOptions = {},
): TE.TaskEither<Fault, Sources> =>
  pipe(
    openStored(description, settings, options),
    TE.bindTo("stored"),
    TE.let("train", ({ stored }) => sectionOf(stored, ["train"])),
    TE.let("query", ({ stored }) => sectionOf(stored, ["query", "test"])),
    TE.let("gallery", ({ stored }) => sectionOf(stored, ["gallery"])),
    TE.tap(({ train, query }) => TE.fromEither(lacking(description, { train, query }))),
    TE.bind("sampler", ({ stored, train }) => {
      const { members } = subsetOf({ classes: stored.classes, labels: train.labels }, [...new Set(train.labels)]);
      return TE.fromEither(classBalancedSampler(members, { batchSize: settings.batch, imagesPerClass: settings.perClass }));
    }),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ stored, train, query, gallery, sampler, preparer }): Sources => {
      const { store, classes } = stored;
      const evaluation = evaluationAugmentation(settings.imageSize, settings.statistics);
      const training: Augmentation = {
        ...trainingAugmentation(settings.imageSize, settings.statistics),
        random: { crop: { ...recipeCrop, area: [settings.minArea, 1] }, flip: true },
      };
      const views = { training, evaluation };
      return {
        train: listed(trainingSource(store, train, views, sampler, preparer, options.prefetch ?? usualPrefetch), train),
        query: listed(pictureSource(store, query, evaluation, preparer), query),
        ...(gallery.pictures.length === 0 ? {} : { gallery: listed(pictureSource(store, gallery, evaluation, preparer), gallery) }),
        warnings: warningsOf(stored),
        classes,
        recorded: recordedOf(stored),
        close: preparer.close,
      };
    }),
  );

/** What is searched on unseen classes, and where: undefined where the pictures look among each other. */
export interface EvaluationSources extends Opened {
  readonly query: NamedSource;
  readonly gallery?: NamedSource;
}

/**
 * The pictures of a description that are looked for and looked among; none of those that train is decoded. `leftOut` says, once the
 * contents are known, which paths have no part in it.
 */
export const openEvaluation = (
  description: Description,
  settings: ViewSettings,
  leftOut: (recorded: Recorded) => E.Either<Fault, ReadonlySet<string>>,
  options: OpenOptions = {},
): TE.TaskEither<Fault, EvaluationSources> =>
  pipe(
    openStored({ ...description, items: description.items.filter(({ part }) => part !== "train") }, settings, options),
    TE.bindTo("stored"),
    TE.let("recorded", ({ stored }) => recordedOf(stored)),
    TE.bind("out", ({ recorded }) => TE.fromEither(leftOut(recorded))),
    TE.let("query", ({ stored, out }) => sectionOf(stored, ["query", "test"], out)),
    TE.let("gallery", ({ stored, out }) => sectionOf(stored, ["gallery"], out)),
    TE.tap(({ query }) => TE.fromEither(lacking(description, { query }))),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ stored, recorded, query, gallery, preparer }): EvaluationSources => {
      const view = evaluationAugmentation(settings.imageSize, settings.statistics);
      return {
        query: listed(pictureSource(stored.store, query, view, preparer), query),
        ...(gallery.pictures.length === 0 ? {} : { gallery: listed(pictureSource(stored.store, gallery, view, preparer), gallery) }),
        warnings: warningsOf({ ...stored, description }),
        classes: stored.classes,
        recorded,
        close: preparer.close,
      };
    }),
  );

/** The data set that the settings name. */
export const openSources = (settings: SourceSettings, options: OpenOptions = {}): TE.TaskEither<Fault, Sources> =>
  pipe(
    TE.fromEither(describeDataset({ ...settings })),
    TE.chain((description) => openDescribed(description, settings, options)),
  );

/** Every picture of a data set alike, whatever its part. */
export const openEverything = (
  settings: DatasetChoice & ViewSettings,
  options: OpenOptions = {},
): TE.TaskEither<Fault, NamedSource & Opened> =>
  pipe(
    TE.fromEither(describeDataset({ ...settings })),
    TE.chain((description) => openStored(description, settings, options)),
    TE.bindTo("stored"),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ stored, preparer }) => {
      const all = sectionOf(stored, ["train", "query", "gallery", "test"]);
      const view = evaluationAugmentation(settings.imageSize, settings.statistics);
      return {
        ...listed(pictureSource(stored.store, all, view, preparer), all),
        warnings: warningsOf(stored),
        classes: stored.classes,
        recorded: recordedOf(stored),
        close: preparer.close,
      };
    }),
  );

/**
 * Picture files without classes, in this order; those that cannot be used are left out and named in the warnings. Without a cache
 * of the user's choice nothing is written: pictures beyond what memory holds are then decoded once more when they are needed.
 */
export const openFiles = (
  settings: ViewSettings,
  files: readonly string[],
  options: OpenOptions = {},
): TE.TaskEither<Fault, NamedSource & Opened> => {
  const readying = storedAs(settings.imageSize);
  const folders = settings.cache === "" ? [] : shardFolders("", readying, settings.cache);
  return pipe(
    openStore({ ...readying, root: "", paths: files, folders, skipBad: true, onProgress: options.onProgress }),
    TE.filterOrElse(
      ({ usable }) => usable.length > 0,
      ({ warnings }) => failed(`no picture there can be used: give a folder of photos${lines(warnings)}`),
    ),
    TE.bindTo("store"),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ store, preparer }) => {
      const { usable, warnings } = store;
      const view = evaluationAugmentation(settings.imageSize, settings.statistics);
      const section = { pictures: usable, labels: usable.map(() => 0), files: usable.map((picture) => files[picture] ?? ""), names: [] };
      const items = usable.map((picture) => ({
        path: files[picture] ?? "",
        label: "",
        part: "test" as const,
        hash: store.hashOf(picture),
      }));
      return {
        ...listed(pictureSource(store, section, view, preparer), section),
        warnings,
        classes: [],
        recorded: { name: "photos", root: "", items, leftOut: [] },
        close: preparer.close,
      };
    }),
  );
};
