/** Data sets and folders of photos opened as sources of pictures: to train, to look with, to be found, or all alike. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Description, LeftOut, WishedBatch } from "../datasets/index.js";
import { type Fault, failed, listed as lines } from "../faults/index.js";
import { evaluationAugmentation, trainingAugmentation } from "../pictures/index.js";
import { usualAllowance } from "../workers/index.js";
import { openPreparer, type Preparer, pictureSource, squaresOf, trainingSource, usualPrefetch } from "./batches.js";
import { excused, leftOutWarning, lineOf } from "./leftOut.js";
import {
  type EvaluatedSource,
  everythingOf,
  type NamedSource,
  type Opened,
  type Seeing,
  type Sources,
  sourcesOf,
  testParts,
  type Unseen,
  unseenOf,
  type Without,
  withoutNone,
} from "./opened.js";
import { shardFolders } from "./places.js";
import { pictureBytes } from "./shard.js";
import { openStore, type Store } from "./store.js";
import { type Listed, type OpenOptions, openStored, type Stored, storedAs, type ViewSettings } from "./stored.js";

/** The settings of views and batches. */
export interface TrainingSettings extends ViewSettings, WishedBatch {
  /** Smallest share of its picture that a random crop keeps. */
  readonly minArea: number;
}

const listed = <A>(source: A, { files, names }: Listed): A & Listed => ({ ...source, files, names });

const preparerOf = ({ prefetch = usualPrefetch }: OpenOptions): TE.TaskEither<Fault, Preparer> => TE.fromTask(() => openPreparer(prefetch));

/** What is made with threads that prepare batches; they end where nothing can be made. */
const prepared =
  (options: OpenOptions) =>
  <A>(make: (preparer: Preparer) => E.Either<Fault, A>): TE.TaskEither<Fault, A> =>
    pipe(
      preparerOf(options),
      TE.chain((preparer) => async () => {
        const made = make(preparer);
        if (E.isLeft(made)) await preparer.close();
        return made;
      }),
    );

/** What a network sees of the pictures of a store. */
const seeing = (
  { store }: Stored<Store>,
  { imageSize, statistics }: ViewSettings,
  preparer: Preparer,
): Pick<Seeing, "evaluated" | "rest" | "close"> => {
  const view = evaluationAugmentation(imageSize, statistics);
  return {
    evaluated: (section) => ({
      ...listed(pictureSource(store, section, view, preparer), section),
      kept: { kind: "squares", ...squaresOf(store, section) },
    }),
    rest: store.rest,
    close: async () => {
      await store.rest.stop();
      await preparer.close();
    },
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
    TE.chain((stored) => {
      const { imageSize, statistics, minArea } = settings;
      const views = {
        training: trainingAugmentation(imageSize, statistics, minArea),
        evaluation: evaluationAugmentation(imageSize, statistics),
      };
      const { prefetch = usualPrefetch } = options;
      return prepared(options)((preparer) => {
        // Only here is it sure that batches are asked for: others may want the squares alone.
        preparer.start();
        return sourcesOf(stored, settings, {
          ...seeing(stored, settings, preparer),
          training: (section, sampler) => listed(trainingSource(stored.store, section, views, sampler, preparer, prefetch), section),
        });
      });
    }),
  );

/** The pictures that do not train, alone: no batch need be filled, and what trains is not even decoded. */
export const openUnseenDescribed = (
  description: Description,
  settings: ViewSettings,
  options: OpenOptions = {},
  without: Without = withoutNone,
): TE.TaskEither<Fault, Unseen> =>
  pipe(
    openStored(description, testParts, settings, options),
    TE.chain((stored) => prepared(options)((preparer) => unseenOf(stored, seeing(stored, settings, preparer), without))),
  );

/** Every picture of a data set alike, whatever its part. */
export const openEverything = (
  description: Description,
  settings: ViewSettings,
  options: OpenOptions = {},
): TE.TaskEither<Fault, EvaluatedSource & Opened> =>
  pipe(
    openStored(description, ["train", ...testParts], settings, options),
    TE.chain((stored) => prepared(options)((preparer) => E.right(everythingOf(stored, seeing(stored, settings, preparer))))),
  );

/**
 * Picture files without classes, in this order; those that cannot be used are left out and named in the warnings, as is what was
 * passed over on the way to them. Without a cache of the user's choice nothing is written: squares stay in memory, in as much of it as
 * decoding threads may take, and pictures beyond that are decoded once more when they are needed.
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
    openStore({
      ...readying,
      root: "",
      paths: files,
      folders,
      memoryBytes: folders.length > 0 ? undefined : Math.min(files.length * pictureBytes(readying.side), usualAllowance()),
      onProgress: options.onProgress,
    }),
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
        rest: store.rest,
        close: preparer.close,
      };
    }),
  );
};
