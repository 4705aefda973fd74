/** A data set held against what its authors publish: its parts, the files of its list, and the archives that it came in. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, inWords } from "../faults/index.js";
import { walkPictures } from "../files/index.js";
import {
  type Archive,
  type Counts,
  classesOfBoth,
  countsOf,
  type Description,
  type Handout,
  type LeftOut,
  type Part,
  partNames,
  unexpected,
} from "./description.js";
import { type DatasetChoice, datasets, describeDataset } from "./registry.js";

/** One part: how many pictures and classes it has, and how many it should have. */
export interface CheckedPart extends Counts {
  readonly part: Part;
  readonly published: Counts | undefined;
}

/** An archive that lies beside the data. */
export interface CheckedArchive {
  readonly path: string;
  readonly md5: string;
  readonly published: string;
}

/** A data set held against its list and its published counts. */
export interface Checked {
  readonly root: string;
  /** Those that have pictures, or should have. */
  readonly parts: readonly CheckedPart[];
  /** Files of the list that are not there, and what else cannot be used. */
  readonly leftOut: readonly LeftOut[];
  /** Pictures below the root that are in no list. */
  readonly unlabelled: readonly string[];
  readonly archives: readonly CheckedArchive[];
  /** Archives with a published checksum that do not lie there: nothing is wrong with that. */
  readonly absent: readonly string[];
  /** What needs attention, a line each; settings in braces. */
  readonly remarks: readonly string[];
  /** Everything is there, and as published. */
  readonly complete: boolean;
  /** How the data set is handed out, where it is. */
  readonly handout: Handout | undefined;
}

/** In pieces: archives have gigabytes. */
const md5Of = (path: string): TE.TaskEither<Fault, string> =>
  TE.tryCatch(
    async () => {
      const sum = createHash("md5");
      for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) sum.update(piece as Uint8Array);
      return sum.digest("hex");
    },
    (thrown) => failed(`cannot be read: ${inWords(thrown, "reading")}`, { where: path }),
  );

const checkedArchive = (path: string, published: string): TE.TaskEither<Fault, CheckedArchive> =>
  TE.map((md5: string) => ({ path, md5, published }))(md5Of(path));

const placeOf = (folders: readonly string[], { file }: Archive): string | undefined =>
  folders.map((folder) => join(folder, file)).find((path) => existsSync(path));

/** Pictures that nobody has named. */
const unlabelledOf = ({ root, items, leftOut = [] }: Description): E.Either<Fault, readonly string[]> => {
  const known = new Set([...items, ...leftOut].map(({ path }) => path));
  return E.map(({ pictures }: { readonly pictures: readonly string[] }) => pictures.filter((path) => !known.has(path)))(walkPictures(root));
};

const partsOf = ({ items, expected = {} }: Description): readonly CheckedPart[] =>
  partNames
    .map((part) => ({ part, ...countsOf(items, part), published: expected[part] }))
    .filter(({ pictures, published }) => pictures > 0 || published !== undefined);

/** What a data set has of what it should have. Errors: no such data set there, or a list that is damaged. */
export const checkDataset = (settings: DatasetChoice & Readonly<Record<string, unknown>>): TE.TaskEither<Fault, Checked> => {
  const { handout } = datasets[settings.dataset];
  const archives = handout?.archives ?? [];
  return pipe(
    TE.fromEither(describeDataset(settings)),
    TE.bindTo("description"),
    TE.bind("unlabelled", ({ description }) => TE.fromEither(unlabelledOf(description))),
    TE.let("places", ({ description: { root } }) =>
      archives.map((archive) => ({ archive, path: placeOf([settings.data, root, dirname(root)], archive) })),
    ),
    TE.bind("sums", ({ places }) =>
      TE.traverseSeqArray((one: { readonly path: string; readonly md5: string }) => checkedArchive(one.path, one.md5))(
        places.flatMap(({ archive, path }) => (path === undefined ? [] : [{ path, md5: archive.md5 }])),
      ),
    ),
    TE.map(({ description, unlabelled, places, sums }): Checked => {
      const { root, leftOut = [], warnings, partWarnings = [] } = description;
      const differing = unexpected(description);
      const both = classesOfBoth(description.items);
      return {
        root,
        parts: partsOf(description),
        leftOut,
        unlabelled,
        archives: sums,
        absent: places.flatMap(({ archive, path }) => (path === undefined ? [archive.file] : [])),
        remarks: [...new Set([...warnings, ...partWarnings, ...both, ...differing])],
        complete: leftOut.length === 0 && differing.length === 0 && sums.every(({ md5, published }) => md5 === published),
        handout,
      };
    }),
  );
};
