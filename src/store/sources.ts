/** Data sets and folders of photos opened as sources of pictures: to train, to look with, to be found, or all alike. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import {
  type BatchSize,
  classBalancedSampler,
  type DatasetChoice,
  type Description,
  describeDataset,
  fittedBatch,
  type LeftOut,
  type Part,
  type Recorded,
  type WishedBatch,
} from "../datasets/index.js";
import { type Fault, failed, listed as lines } from "../faults/index.js";
import {
  type Augmentation,
  evaluationAugmentation,
  type PictureSource,
  recipeCrop,
  type TrainingSource,
  trainingAugmentation,
} from "../pictures/index.js";
import { openPreparer, type Preparer, pictureSource, type Squares, squaresOf, trainingSource, usualPrefetch } from "./batches.js";
import { excused, leftOutWarning, lineOf } from "./leftOut.js";
import { shardFolders } from "./places.js";
import { openStore } from "./store.js";
import {
  type Chosen,
  type Listed,
  lacking,
  loneWarning,
  membersOf,
  type OpenOptions,
  openStored,
  recordedOf,
  type Stored,
  sectionOf,
  storedAs,
  type ViewSettings,
  warningsOf,
} from "./stored.js";

export interface TrainingSettings extends ViewSettings, WishedBatch {
  /** Smallest share of its picture that a random crop keeps. */
  readonly minArea: number;
}

/** A kind of data set finds its own settings among these. */
export interface SourceSettings extends TrainingSettings, DatasetChoice {}

export type NamedSource = PictureSource & Listed;

/** Pictures to evaluate: as a network sees them, and as they are stored. */
export type EvaluatedSource = NamedSource & Squares;

export interface Opened {
  /** What cannot be used, by its path below the data's folder. */
  readonly leftOut: readonly LeftOut[];
  /** All that is left out, in a list that has an end, and what needs attention: settings in braces. */
  readonly warnings: readonly string[];
  /** Every class by its number, of all parts. */
  readonly classes: readonly string[];
  /** Every picture that is used, as a run records it. */
  readonly recorded: Recorded;
  /** Ends the threads that prepare batches. They hold no program back from ending. */
  readonly close: () => Promise<void>;
}

/** What a trained network is tried on. */
export interface Unseen extends Opened {
  /** What is looked for on unseen classes. */
  readonly query: EvaluatedSource;
  /** Where it is looked for; undefined where the queries look among each other. */
  readonly gallery?: EvaluatedSource;
}

export interface Sources extends Unseen {
  readonly train: TrainingSource & Listed;
  /** The batches that are drawn. */
  readonly drawn: BatchSize;
}

const listed = <A>(source: A, { files, names }: Listed): A & Listed => ({ ...source, files, names });

const preparerOf = ({ prefetch = usualPrefetch }: OpenOptions): TE.TaskEither<Fault, Preparer> => TE.fromTask(() => openPreparer(prefetch));

const testParts: readonly Part[] = ["query", "gallery", "test"];

/** A section of the store as evaluation sees it. */
const seenOf = ({ store }: Stored, section: Chosen, { imageSize, statistics }: ViewSettings, preparer: Preparer): EvaluatedSource => {
  const view = evaluationAugmentation(imageSize, statistics);
  return { ...listed(pictureSource(store, section, view, preparer), section), ...squaresOf(store, section) };
};

const openedOf = (stored: Stored, preparer: Preparer): Opened => ({
  leftOut: stored.leftOut,
  warnings: warningsOf(stored),
  classes: stored.classes,
  recorded: recordedOf(stored),
  close: preparer.close,
});

/** What a network is tried on, those at some paths left out. */
const unseenOf = (stored: Stored, settings: ViewSettings, preparer: Preparer, without?: ReadonlySet<string>): Unseen => {
  const [query, gallery] = [sectionOf(stored, ["query", "test"], without), sectionOf(stored, ["gallery"], without)];
  const opened = openedOf(stored, preparer);
  return {
    ...opened,
    query: seenOf(stored, query, settings, preparer),
    ...(gallery.pictures.length === 0 ? {} : { gallery: seenOf(stored, gallery, settings, preparer) }),
    warnings: [...opened.warnings, ...(stored.description.partWarnings ?? []), ...loneWarning(query, gallery)],
  };
};

/** Training pictures and those of unseen classes, as the description divides them. */
export const openDescribed = (
  description: Description,
  settings: TrainingSettings,
  options: OpenOptions = {},
): TE.TaskEither<Fault, Sources> =>
  pipe(
    openStored(description, ["train", ...testParts], settings, options),
    TE.bindTo("stored"),
    TE.let("train", ({ stored }) => sectionOf(stored, ["train"])),
    TE.tap(({ stored, train }) => TE.fromEither(lacking(stored, { train, query: sectionOf(stored, ["query", "test"]) }))),
    TE.let("members", ({ stored, train }) => membersOf(stored, train)),
    TE.bind("fitted", ({ members }) => TE.fromEither(fittedBatch(members, settings))),
    TE.bind("sampler", ({ members, fitted }) =>
      TE.fromEither(classBalancedSampler(members, { batchSize: fitted.batch, imagesPerClass: fitted.perClass })),
    ),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ stored, train, fitted: { note, ...drawn }, sampler, preparer }): Sources => {
      const unseen = unseenOf(stored, settings, preparer);
      const training: Augmentation = {
        ...trainingAugmentation(settings.imageSize, settings.statistics),
        random: { crop: { ...recipeCrop, area: [settings.minArea, 1] }, flip: true },
      };
      const views = { training, evaluation: evaluationAugmentation(settings.imageSize, settings.statistics) };
      return {
        ...unseen,
        train: listed(trainingSource(stored.store, train, views, sampler, preparer, options.prefetch ?? usualPrefetch), train),
        drawn,
        warnings: [...unseen.warnings, ...(note === undefined ? [] : [note])],
      };
    }),
  );

/** Says of opened pictures, once their contents are known, which have no part in an evaluation: their paths. */
export type Without = (recorded: Recorded) => E.Either<Fault, ReadonlySet<string>>;

/** The pictures that do not train, alone: no batch need be filled, and what trains is not even decoded. */
export const openUnseenDescribed = (
  description: Description,
  settings: ViewSettings,
  options: OpenOptions = {},
  without: Without = () => E.right(new Set()),
): TE.TaskEither<Fault, Unseen> =>
  pipe(
    openStored(description, testParts, settings, options),
    TE.bindTo("stored"),
    TE.bind("out", ({ stored }) => TE.fromEither(without(recordedOf(stored)))),
    TE.tap(({ stored, out }) => TE.fromEither(lacking(stored, { query: sectionOf(stored, ["query", "test"], out) }))),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ stored, out, preparer }) => unseenOf(stored, settings, preparer, out)),
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
): TE.TaskEither<Fault, EvaluatedSource & Opened> =>
  pipe(
    TE.fromEither(describeDataset({ ...settings })),
    TE.chain((description) => openStored(description, ["train", ...testParts], settings, options)),
    TE.bindTo("stored"),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ stored, preparer }) => {
      const all = sectionOf(stored, ["train", ...testParts]);
      return { ...seenOf(stored, all, settings, preparer), ...openedOf(stored, preparer) };
    }),
  );

/**
 * Picture files without classes, in this order; those that cannot be used are left out and named in the warnings, as is what was
 * passed over on the way to them. Without a cache of the user's choice nothing is written: pictures beyond what memory holds are then decoded once more when they are needed.
 */
export const openFiles = (
  settings: ViewSettings,
  files: readonly string[],
  options: OpenOptions = {},
  passedOver: readonly LeftOut[] = [],
): TE.TaskEither<Fault, NamedSource & Opened> => {
  const readying = storedAs(settings);
  const folders = settings.cache === "" ? [] : shardFolders("", readying, settings.cache);
  return pipe(
    openStore({ ...readying, root: "", paths: files, folders, onProgress: options.onProgress }),
    TE.bindTo("store"),
    TE.bind("leftOut", ({ store }) => TE.fromEither(excused("", [...passedOver, ...store.leftOut], settings.strict))),
    TE.filterOrElse(
      ({ store }) => store.usable.length > 0,
      ({ leftOut }) => failed(`no picture there can be used: give a folder of photos${lines(leftOut.map((one) => lineOf("", one)))}`),
    ),
    TE.bind("preparer", () => preparerOf(options)),
    TE.map(({ store, leftOut, preparer }) => {
      const { usable } = store;
      const view = evaluationAugmentation(settings.imageSize, settings.statistics);
      const section = { pictures: usable, labels: usable.map(() => 0), files: usable.map((picture) => files[picture] ?? ""), names: [] };
      return {
        ...listed(pictureSource(store, section, view, preparer), section),
        leftOut,
        warnings: [...leftOutWarning("", leftOut), ...store.warnings],
        classes: [],
        recorded: { name: "photos", root: "", items: [], leftOut },
        close: preparer.close,
      };
    }),
  );
};
