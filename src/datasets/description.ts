/** A data set as a description, without a pixel: which files there are, the class of each in words, and what each is for. */
import type * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, listed } from "../faults/index.js";
import { type Fields, partOf, type ValuesOf } from "../settings/index.js";

/** `query` pictures look for those of their class among the `gallery`; `test` pictures among each other, each being both. */
export const partNames = ["train", "query", "gallery", "test"] as const;
/** What a picture is for: training, testing, looking for others, being looked for. */
export type Part = (typeof partNames)[number];

/** One picture of a data set. */
export interface Item {
  /** Below the description's root, with forward slashes. */
  readonly path: string;
  /** The name of its class. */
  readonly label: string;
  readonly part: Part;
}

/** A file or a folder that has no part in what is done, and the reason. */
export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

/** How many there are. */
export interface Counts {
  readonly pictures: number;
  readonly classes: number;
}

/** A data set without a pixel: which files there are, of which class, in which part. */
export interface Description {
  readonly name: string;
  /** The folder that holds the files. */
  readonly root: string;
  readonly items: readonly Item[];
  /** What needs attention, a line each; settings in braces. */
  readonly warnings: readonly string[];
  /** The same of how the parts are divided: no matter to who takes all of them alike. */
  readonly partWarnings?: readonly string[];
  /** Below the root, what one might have expected among the items. */
  readonly leftOut?: readonly LeftOut[];
  /** Pictures that are there and have no part in what is done. */
  readonly apart?: readonly Item[];
  /** What its authors publish, by part. */
  readonly expected?: Readonly<Partial<Record<Part, Counts>>>;
}

/** A file that a data set is handed out in. */
export interface Archive {
  readonly file: string;
  readonly md5: string;
}

/** What is known of a data set that others hand out. */
export interface Handout {
  /** What it is handed out as, in words. */
  readonly from: string;
  /** The folder that it unpacks into; "" for none. */
  readonly folder: string;
  /** Below that folder, files that must be there. */
  readonly layout: readonly string[];
  /** Those of which a checksum is published. */
  readonly archives: readonly Archive[];
}

/** A kind of data set: an entry of the registry. */
export interface DatasetKind {
  /** What a user is told of it. */
  readonly about: string;
  /** Its own settings. */
  readonly settings: Fields;
  /** The description of the data in folder `root`; of all settings it sees its own. */
  readonly describe: (root: string, settings: Readonly<Record<string, unknown>>) => E.Either<Fault, Description>;
  readonly handout?: Handout;
}

/** A kind whose description takes the values of its own settings. */
export const datasetKind = <F extends Fields>(
  about: string,
  settings: F,
  describe: (root: string, settings: ValuesOf<F>) => E.Either<Fault, Description>,
  handout?: Handout,
): DatasetKind => ({
  about,
  settings,
  describe: (root, all) => describe(root, partOf(settings, all)),
  ...(handout === undefined ? {} : { handout }),
});

/** The classes by number: in the order in which their first pictures come. */
export const classesOf = (items: readonly Item[]): readonly string[] => [...new Set(items.map(({ label }) => label))];

/** How many pictures and classes of these a part has. */
export const countsOf = (items: readonly Item[], part: Part): Counts => {
  const own = items.filter((item) => item.part === part);
  return { pictures: own.length, classes: classesOf(own).length };
};

/** A line where classes train and are looked for too: the scores of these are none of classes never seen. */
export const classesOfBoth = (items: readonly Item[]): readonly string[] => {
  const trained = new Set(classesOf(items.filter(({ part }) => part === "train")));
  const both = classesOf(items.filter(({ part }) => part !== "train")).filter((label) => trained.has(label));
  return both.length === 0 ? [] : [`${both.length} class(es) train and test, by other pictures:${listed(both, 5)}`];
};

const counted = ({ pictures, classes }: Counts): string => `${pictures} pictures of ${classes} classes`;

/** A line for each part that has not as many pictures and classes as its authors publish. */
export const unexpected = ({ items, expected = {} }: Description): readonly string[] =>
  (Object.entries(expected) as [Part, Counts][]).flatMap(([part, published]) =>
    pipe(countsOf(items, part), (found) =>
      found.pictures === published.pictures && found.classes === published.classes
        ? []
        : [`${part}: ${counted(found)} are there, ${counted(published)} are published`],
    ),
  );
