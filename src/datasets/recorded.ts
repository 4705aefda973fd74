/**
 * A data set as a run trained on it: every picture by its path, class, part and content. Whoever evaluates or resumes takes the
 * division from here and not from the folder, which may have changed since; what has changed is told.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { listed } from "../faults/index.js";
import { classesOf, type Description, type Item, type LeftOut, partNames } from "./description.js";

/** A picture as a run records it. */
export interface RecordedItem extends Item {
  /** Of the file's content. */
  readonly hash: string;
}

/** What is left out, as records hold it. */
export const leftOutSchema: z.ZodType<LeftOut> = z.object({ path: z.string(), why: z.string() });

/** What a run keeps of its data set. */
export interface Recorded {
  readonly name: string;
  readonly root: string;
  readonly items: readonly RecordedItem[];
  /** What could not be used. */
  readonly leftOut: readonly LeftOut[];
}

/** On the disk an item is a row: there may be a hundred thousand of them. */
export const recordedSchema: z.ZodType<Recorded> = z.object({
  name: z.string(),
  root: z.string(),
  items: z.array(
    z
      .tuple([z.string(), z.string(), z.enum(partNames), z.string()])
      .transform(([path, label, part, hash]) => ({ path, label, part, hash })),
  ),
  leftOut: z.array(leftOutSchema),
});

/** What `recordedSchema` reads. */
export const recordedRows = ({ name, root, items, leftOut }: Recorded) => ({
  name,
  root,
  leftOut,
  items: items.map(({ path, label, part, hash }) => [path, label, part, hash] as const),
});

/** One number for all of it: equal where paths, classes, parts, contents and their order are. The root may have moved. */
export const fingerprintOf = ({ items }: Pick<Recorded, "items">): string =>
  createHash("sha256")
    .update(items.map(({ path, label, part, hash }) => JSON.stringify([path, label, part, hash])).join("\n"))
    .digest("hex")
    .slice(0, 32);

/** The classes that trained. */
export const trainedClasses = ({ items }: Pick<Recorded, "items">): readonly string[] =>
  classesOf(items.filter(({ part }) => part === "train"));

/**
 * What scores are of: the test classes, or those held out of training to choose by; where classes were too few to keep some unseen, other
 * pictures of those that trained.
 */
export type Tested = "unseen classes" | "held-out classes" | "other pictures";

/** What a run's scores were measured on. `validated`: it held out classes. */
export const testedOf = ({ items }: Pick<Recorded, "items">, validated: boolean): Tested => {
  const trained = new Set(trainedClasses({ items }));
  return items.some(({ part, label }) => part !== "train" && trained.has(label))
    ? "other pictures"
    : validated
      ? "held-out classes"
      : "unseen classes";
};

/** How a folder differs from what a run recorded of it. */
export interface Differences {
  /** Recorded, and no longer there. */
  readonly removed: readonly RecordedItem[];
  /** There, and not recorded. */
  readonly added: readonly Item[];
  /** Recorded at one path, and there with the same content at another. */
  readonly renamed: readonly (readonly [before: RecordedItem, path: string])[];
}

/** A recorded data set as the folder has it now. */
export interface Reconciled extends Differences {
  /** The recorded pictures that are there, in the recorded order, with their recorded classes and parts. */
  readonly description: Description;
  readonly items: readonly RecordedItem[];
}

/** Every picture there: a class may have come to lie among those that have no part. */
const presentIn = ({ items, apart = [] }: Description): ReadonlySet<string> => new Set([...items, ...apart].map(({ path }) => path));

/**
 * What the folder holds of what was recorded. `hashOf` reads a file's content; it is asked only of files that are new, and only
 * where others are missing.
 */
export const reconciled = (recorded: Recorded, now: Description, hashOf: (path: string) => string | undefined): Reconciled => {
  const present = presentIn(now);
  const known = new Set([...recorded.items.map(({ path }) => path), ...recorded.leftOut.map(({ path }) => path)]);
  const apart = new Set(now.apart?.map(({ path }) => path));
  const fresh = [...now.items, ...(now.apart ?? [])].filter(({ path }) => !known.has(path));
  const missing = recorded.items.filter(({ path }) => !present.has(path));
  const byHash = new Map<string, string[]>();
  if (missing.length > 0)
    for (const { path } of fresh) {
      const hash = hashOf(path);
      if (hash !== undefined) byHash.set(hash, [...(byHash.get(hash) ?? []), path]);
    }
  const moved = new Map(
    missing.flatMap((item) => {
      const path = byHash.get(item.hash)?.shift();
      return path === undefined ? [] : [[item.path, path] as const];
    }),
  );
  const taken = new Set(moved.values());
  const items = recorded.items.flatMap((item) => {
    const path = present.has(item.path) ? item.path : moved.get(item.path);
    return path === undefined ? [] : [{ ...item, path }];
  });
  const stillLeftOut = recorded.leftOut.filter(({ path }) => present.has(path));
  return {
    // How the folder would be divided now does not matter.
    description: { ...now, items, partWarnings: [], leftOut: [...(now.leftOut ?? []), ...stillLeftOut] },
    items,
    removed: missing.filter(({ path }) => !moved.has(path)),
    added: fresh.filter(({ path }) => !taken.has(path) && !apart.has(path)),
    renamed: missing.flatMap((item) => {
      const path = moved.get(item.path);
      return path === undefined ? [] : [[item, path] as const];
    }),
  };
};

/** Whether a folder is the data that were recorded, wherever it lies now: most of the files are there. */
export const isSameData = (recorded: Recorded, now: Description): boolean => {
  const present = presentIn(now);
  return 2 * recorded.items.filter(({ path }) => present.has(path)).length >= recorded.items.length;
};

/** The pictures whose content is not what was recorded at their path. */
export const changedSince = (recorded: readonly RecordedItem[], now: readonly RecordedItem[]): readonly RecordedItem[] => {
  const before = new Map(recorded.map(({ path, hash }) => [path, hash]));
  return now.filter(({ path, hash }) => (before.get(path) ?? hash) !== hash);
};

const line = (count: number, what: string, names: readonly string[]): readonly string[] =>
  count === 0 ? [] : [`${count} ${what}:${listed(names, 5)}`];

/** What has changed since, a line a kind. */
export const differenceLines = ({ removed, added, renamed }: Differences, changed: readonly RecordedItem[] = []): readonly string[] => [
  ...line(
    removed.length,
    "picture(s) of the run are gone",
    removed.map(({ path }) => path),
  ),
  ...line(
    changed.length,
    "picture(s) of the run have another content now",
    changed.map(({ path }) => path),
  ),
  ...line(
    renamed.length,
    "picture(s) of the run have other names now",
    renamed.map(([{ path }, now]) => `${path} -> ${now}`),
  ),
  ...line(
    added.length,
    "picture(s) were added since and take no part",
    added.map(({ path }) => path),
  ),
];
