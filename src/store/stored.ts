/** A data set with its pictures decoded: its parts, and what is to be said of it. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { classesOf, type Description, type LeftOut, type Part, type Recorded, subsetOf, unexpected } from "../datasets/index.js";
import { type Fault, failed, listed } from "../faults/index.js";
import { defaultMaxPixels, storedSide } from "../pictures/index.js";
import type { ChannelStatistics } from "../tensor/index.js";
import type { Progress } from "../workers/index.js";
import type { Prefetch, Section } from "./batches.js";
import { excused, leftOutWarning, lineOf } from "./leftOut.js";
import { shardFolders } from "./places.js";
import type { Readying } from "./ready.js";
import { openStore, type Store } from "./store.js";

/** The settings that views of pictures take. */
export interface ViewSettings {
  readonly imageSize: number;
  /** Folder of the decoded pictures; "" for beside the data. */
  readonly cache: string;
  /** Most pixels of a picture that is decoded; 52 megapixels when left out. */
  readonly maxPixels?: number | undefined;
  /** A picture that cannot be used is a fault, where the default leaves it out. */
  readonly strict?: boolean;
  /** Of the network that will see the pictures. */
  readonly statistics: ChannelStatistics;
}

/** How a data set is opened. */
export interface OpenOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly prefetch?: Prefetch | undefined;
  /** So many pictures to decode, or more, are decoded while they are used (`Opened.rest`), unless none may be left out. */
  readonly streamFrom?: number | undefined;
}

/** What the pictures of a source are called. */
export interface Listed {
  /** Paths below the data's folder. */
  readonly files: readonly string[];
  /** The classes that it has pictures of. */
  readonly names: readonly string[];
}

export const storedAs = ({ imageSize, maxPixels = defaultMaxPixels }: ViewSettings): Readying => ({
  side: storedSide(imageSize),
  filter: "lanczos",
  maxPixels,
});

/** What must be known of what is kept of a data set, whatever it is: pictures or vectors. */
export type Kept = Pick<Store, "usable" | "hashOf" | "leftOut" | "warnings">;

export interface Stored<S extends Kept = Kept> {
  readonly description: Description;
  readonly classes: readonly string[];
  readonly store: S;
  readonly leftOut: readonly LeftOut[];
}

/** Decodes what the description names of the wanted parts. */
export const openStored = (
  { items, expected = {}, ...about }: Description,
  parts: readonly Part[],
  settings: ViewSettings,
  { onProgress, streamFrom }: OpenOptions,
): TE.TaskEither<Fault, Stored<Store>> => {
  const { root } = about;
  const readying = storedAs(settings);
  // Of the parts that are not wanted nothing is published either.
  const published = Object.entries(expected).filter(([part]) => parts.some((wanted) => wanted === part));
  const description = { ...about, items: items.filter(({ part }) => parts.includes(part)), expected: Object.fromEntries(published) };
  return pipe(
    openStore({
      ...readying,
      root,
      paths: description.items.map(({ path }) => path),
      folders: shardFolders(root, readying, settings.cache === "" ? undefined : settings.cache),
      onProgress,
      // Whoever wants to hear of all that is of no use waits for all.
      streamFrom: settings.strict === true ? undefined : streamFrom,
    }),
    TE.bindTo("store"),
    TE.bind("leftOut", ({ store }) => TE.fromEither(excused(root, [...(description.leftOut ?? []), ...store.leftOut], settings.strict))),
    TE.map(({ store, leftOut }): Stored<Store> => ({ description, classes: classesOf(items), store, leftOut })),
  );
};

export type Chosen = Section & Listed;

/** Positions within a section, class by class. */
export const membersOf = ({ classes }: Stored, { labels }: Section): readonly (readonly number[])[] =>
  subsetOf({ classes, labels }, [...new Set(labels)]).members;

const nothing: ReadonlySet<string> = new Set();

/** The pictures of some parts, in the description's order, without those at some paths. */
export const sectionOf = ({ description, classes, store }: Stored, parts: readonly Part[], without = nothing): Chosen => {
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

/** Every picture that is used, and what was left out, as a run records them. */
export const recordedOf = ({ description: { name, root, items }, store, leftOut }: Stored): Recorded => {
  const usable = new Set(store.usable);
  return {
    name,
    root,
    items: items.flatMap((item, picture) => (usable.has(picture) ? [{ ...item, hash: store.hashOf(picture) }] : [])),
    leftOut,
  };
};

/** Classes whose pictures are all left out. */
const lostOf = ({ description: { items }, store }: Stored): readonly string[] => {
  const kept = new Set(store.usable.map((picture) => items[picture]?.label));
  return classesOf(items).filter((name) => !kept.has(name));
};

export const warningsOf = (stored: Stored): readonly string[] => {
  const { description, store, leftOut } = stored;
  const lost = lostOf(stored);
  return [
    ...leftOutWarning(description.root, leftOut),
    ...(lost.length === 0 ? [] : [`left out ${lost.length} class(es), for none of their pictures can be used:${listed(lost)}`]),
    ...description.warnings,
    ...unexpected(description),
    ...store.warnings,
  ];
};

/** Parts of a data set that must have pictures in them. */
export const lacking = ({ description, leftOut }: Stored, parts: Readonly<Record<string, Chosen>>): E.Either<Fault, void> => {
  const empty = Object.entries(parts).find(([, { pictures }]) => pictures.length === 0);
  const why = [...(description.partWarnings ?? []), ...leftOut.map((one) => lineOf(description.root, one))];
  return empty === undefined
    ? E.right(undefined)
    : E.left(
        failed(`the data set has no pictures for "${empty[0]}": choose another {data} or {dataset}${listed(why)}`, {
          where: description.root,
        }),
      );
};

export const loneWarning = ({ names }: Chosen, gallery: Chosen): readonly string[] =>
  names.length === 1 && gallery.pictures.length === 0
    ? [
        `a single class tests, ${names[0]}: whatever is found is of it, and the scores say nothing. Add classes, or let fewer train ({trainShare})`,
      ]
    : [];
