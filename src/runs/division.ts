/**
 * The division of a data set is the run's: what trained, and what it may be judged by. A folder that has changed since is compared with
 * what was recorded, and no class that trained is ever scored as one never seen.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import {
  changedSince,
  classesOf,
  type Description,
  differenceLines,
  isSameData,
  type Recorded,
  type RecordedItem,
  reconciled,
  trainedClasses,
} from "../datasets/index.js";
import { type Fault, failed, listed } from "../faults/index.js";
import { type FoundCheckpoint, folderOf } from "./checkpoint.js";
import { identityOf } from "./folder.js";

/** What a checkpoint knows of the pictures of its run. */
export interface Known {
  /** From the run's folder; undefined for a checkpoint without it, and for runs of earlier versions. */
  readonly recorded: Recorded | undefined;
  /** Names of the classes that trained. */
  readonly classes: readonly string[];
}

/** Left where the folder's record is damaged: it is never guessed. */
export const knownOf = (found: FoundCheckpoint): E.Either<Fault, Known> =>
  pipe(
    identityOf(folderOf(found)),
    E.map((identity) => {
      const own = identity !== undefined && identity.run === found.record.run && identity.data !== null ? identity.data : undefined;
      return { recorded: own, classes: own === undefined ? found.record.classes : trainedClasses(own) };
    }),
  );

type HashOf = (path: string) => string | undefined;

/** A description to open, and what is to be told of it. */
export interface Divided {
  readonly description: Description;
  readonly notes: readonly string[];
}

/** The pictures that a run goes on with: exactly those that it began with. Left: some are gone. */
export const resumedData = ({ recorded }: Known, now: Description, hashOf: HashOf): E.Either<Fault, Divided> => {
  if (recorded === undefined)
    return E.right({
      description: now,
      notes: ["the run was begun by an earlier version and does not know its pictures: they are taken as the folder has them now"],
    });
  const { description, removed, ...others } = reconciled(recorded, now, hashOf);
  return removed.length > 0
    ? E.left(
        failed(`the run cannot go on as it began: ${removed.length} of its pictures are gone:${listed(removed.map(({ path }) => path))}`, {
          where: now.root,
          remedy: "put them back, say with {data} where they are now, or begin a new run",
        }),
      )
    : E.right({ description, notes: differenceLines({ ...others, removed: [] }) });
};

/** Left where a picture has another content than the run began with, or is of no use any more. */
export const unchanged = ({ recorded }: Known, now: Recorded): E.Either<Fault, void> => {
  if (recorded === undefined) return E.right(undefined);
  // By its content too: it may have another name now.
  const there = new Set(now.items.flatMap(({ path, hash }) => [path, hash]));
  const refused = (items: readonly RecordedItem[], what: string): E.Either<Fault, void> =>
    items.length === 0
      ? E.right(undefined)
      : E.left(
          failed(`the run cannot go on as it began: ${items.length} of its pictures ${what}:${listed(items.map(({ path }) => path))}`, {
            where: now.root,
            remedy: "put them back, or begin a new run",
          }),
        );
  return pipe(
    refused(changedSince(recorded.items, now.items), "have another content now"),
    E.chain(() =>
      refused(
        recorded.items.filter(({ path, hash }) => !there.has(path) && !there.has(hash)),
        "cannot be used now",
      ),
    ),
  );
};

/** What a checkpoint is judged by: the pictures of its own data that did not train, or the test half of other data. */
export interface JudgedData extends Divided {
  /** Whether the folder is the data that the run trained on, wherever it lies now. */
  readonly own: boolean;
}

/** The data that a checkpoint is judged by: its own where the folder is the run's, else the folder as it is. */
export const judgedData = ({ recorded }: Known, now: Description, hashOf: HashOf): JudgedData => {
  if (recorded === undefined || !isSameData(recorded, now)) return { description: now, notes: [], own: false };
  const { description, ...differences } = reconciled(recorded, now, hashOf);
  return { description, notes: differenceLines(differences), own: true };
};

/** What of opened pictures is left out, and why. */
export interface Selection {
  /** By path. */
  readonly leftOut: ReadonlySet<string>;
  /** Classes that are judged by although they trained. */
  readonly trained: readonly string[];
  readonly notes: readonly string[];
}

const note = (names: readonly string[], what: string): readonly string[] =>
  names.length === 0 ? [] : [`${names.length} ${what}:${listed(names, 5)}`];

/** Of the run's own data: what has changed since, and pictures that have become such as trained. */
const ownSelection = (recorded: Recorded, now: Recorded): Selection => {
  const trained = new Set(recorded.items.filter(({ part }) => part === "train").map(({ hash }) => hash));
  const changed = changedSince(recorded.items, now.items).filter(({ part }) => part !== "train");
  const seen = changed.filter(({ hash }) => trained.has(hash)).map(({ path }) => path);
  const others = changed.filter(({ hash }) => !trained.has(hash)).map(({ path }) => path);
  const classes = classesOf(now.items.filter(({ part, path }) => part !== "train" && !seen.includes(path)));
  const own = classes.filter((label) => trainedClasses(recorded).includes(label));
  return {
    leftOut: new Set(seen),
    trained: own,
    notes: [
      ...note(own, "class(es) trained, by other pictures: there were too few to keep some unseen"),
      ...note(seen, "picture(s) have the content of pictures that trained now, and are left out"),
      ...note(others, "picture(s) of the run have another content now"),
    ],
  };
};

const remaining = (now: Recorded, selection: Selection): E.Either<Fault, Selection> =>
  now.items.some(({ path, part }) => part !== "train" && !selection.leftOut.has(path))
    ? E.right(selection)
    : E.left(
        failed(`no picture is left that did not train:${listed(selection.notes)}`, { where: now.root, remedy: "judge by all with {all}" }),
      );

/**
 * Of other data: without the classes that trained, known by their pictures or, where those are not known, by their names. Where all
 * of them trained they are what was asked for, and it is said what they are.
 */
const otherSelection = ({ recorded, classes }: Known, now: Recorded): Selection => {
  const names = new Set(classes);
  const hashes = new Set(recorded?.items.filter(({ part }) => part === "train").map(({ hash }) => hash));
  const judged = now.items.filter(({ part }) => part !== "train");
  const byName = classesOf(judged).filter((label) => names.has(label));
  const byContent = classesOf(judged.filter(({ hash }) => hashes.has(hash)));
  const seen = recorded === undefined ? byName : byContent;
  const out = new Set(seen.length === classesOf(judged).length ? [] : seen);
  const trained = seen.filter((label) => !out.has(label));
  const alike = byName.filter((label) => !seen.includes(label));
  return {
    leftOut: new Set(judged.filter(({ label }) => out.has(label)).map(({ path }) => path)),
    trained,
    notes: [
      ...(recorded === undefined && classes.length === 0
        ? ["nothing is known of the classes that it trained on: the division is made anew from the folder as it is"]
        : []),
      ...note([...out], "class(es) trained, and are left out"),
      ...note(trained, "class(es) trained, and none is left without them: these are not scores of classes never seen"),
      ...note(alike, "class(es) are called as classes that trained, with other pictures"),
    ],
  };
};

/** Which pictures, once their contents are known, are not to be judged by. Left: none remain of the run's own. */
export const selected = (known: Known, own: boolean, now: Recorded): E.Either<Fault, Selection> =>
  own && known.recorded !== undefined ? remaining(now, ownSelection(known.recorded, now)) : E.right(otherSelection(known, now));

/** How many of these classes trained. */
export const howManyTrained = ({ classes }: Known, names: readonly string[]): number =>
  names.filter((name) => classes.includes(name)).length;
