/**
 * Vectors that another network made of pictures, as a data set: a matrix in a file, a row a picture, and a table of what each row is
 * of. Everything is in memory; a batch is some of the rows.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { z } from "zod";
import { type Matrix, matrixEndings, readMatrix, rowOf } from "../arrays/index.js";
import {
  classesOf,
  type Description,
  groupedByClass,
  type Item,
  type Label,
  readLabels,
  sharedOut,
  shareSettings,
} from "../datasets/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import type { GivenBatch } from "../pictures/index.js";
import { split } from "../random/index.js";
import { partOf, type ValuesOf } from "../settings/index.js";
import type { Tensor } from "../tensor/index.js";
import { noRest } from "./filling.js";
import { excused } from "./leftOut.js";
import type { NamedSource, Seeing } from "./opened.js";
import { contentHash } from "./ready.js";
import type { Chosen, Kept, Listed, Stored } from "./stored.js";

/** The settings of a data set of vectors. */
export const vectorFields = {
  features: z
    .string()
    .default("")
    .describe(`train on vectors that another network made instead of pictures: a file of them, ${matrixEndings}`),
  labels: z
    .string()
    .default("")
    .describe("what each vector of {features} is of: a table with a line each, its first line file,class or file,class,part"),
} as const;

/** The two files of a data set of vectors. */
export interface VectorChoice {
  readonly features: string;
  readonly labels: string;
}

/** A data set of vectors. */
export interface Vectors {
  readonly description: Description;
  readonly matrix: Matrix;
  /** The row of the matrix that a path stands for. */
  readonly rowOf: (path: string) => number | undefined;
}

/** Of a vector's numbers, in whatever format they came. */
const hashOfRow = (matrix: Matrix, row: number): string => contentHash(new Uint8Array(Float64Array.from(rowOf(matrix, row)).buffer));

/** What each row is called: by the table, by the file of vectors, or by its number. */
const namesOf = (matrix: Matrix, labels: readonly Label[] = []): readonly string[] =>
  Array.from({ length: matrix.rows }, (_, row) => labels[row]?.file ?? matrix.names?.[row] ?? `row ${row + 1}`);

const twice = (names: readonly string[]): string | undefined => {
  const seen = new Set<string>();
  return names.find((name) => seen.has(name) || !seen.add(name));
};

/** By the table's own parts where it has them, else by classes. */
const itemsOf = (
  names: readonly string[],
  labels: readonly Label[],
  settings: ValuesOf<typeof shareSettings>,
): E.Either<Fault, Pick<Description, "items" | "partWarnings">> => {
  const named = labels.map(({ label, part }, row) => ({ path: names[row] ?? "", label: label.normalize("NFC"), part }));
  const items = named.flatMap(({ part, ...item }): readonly Item[] => (part === undefined ? [] : [{ ...item, part }]));
  return items.length > 0 ? E.right({ items }) : sharedOut(groupedByClass(named), settings);
};

interface Called {
  readonly matrix: Matrix;
  readonly names: readonly string[];
}

/** A matrix of vectors, and the line of a table for each of its rows. */
const labelled = (features: string, table: string): E.Either<Fault, Called & { readonly labels: readonly Label[] }> =>
  pipe(
    E.Do,
    E.bind("matrix", () => readMatrix(features)),
    E.bind("labels", () => readLabels(table)),
    E.filterOrElse(
      ({ matrix, labels }) => matrix.rows === labels.length,
      ({ matrix, labels }) =>
        failed(`has ${labels.length} labels for the ${matrix.rows} vectors of ${features}`, {
          where: table,
          remedy: "give a line for each vector, in their order, below the line of titles",
        }),
    ),
    E.let("names", ({ matrix, labels }) => namesOf(matrix, labels)),
    E.filterOrElse(
      ({ names }) => twice(names) === undefined,
      ({ names }) => failed(`two vectors are called ${twice(names)}`, { where: table, remedy: "give each its own name" }),
    ),
  );

/** The vectors and the labels that the settings name. */
export const readVectors = (settings: VectorChoice & Readonly<Record<string, unknown>>): E.Either<Fault, Vectors> => {
  const { features, labels: table } = settings;
  return pipe(
    table === ""
      ? E.left(
          misused("a file of vectors does not say what they are of", { where: "{features}", remedy: "give their classes with {labels}" }),
        )
      : labelled(features, table),
    E.bind("division", ({ names, labels }) => itemsOf(names, labels, partOf(shareSettings, settings))),
    E.map(({ matrix, names, division }) => {
      const rows = new Map(names.map((name, row) => [name, row]));
      return {
        matrix,
        rowOf: (path) => rows.get(path),
        description: { name: features, root: features, warnings: [], ...division },
      };
    }),
  );
};

/** The content of the vector that a path stands for. */
export const hashOfVector =
  ({ matrix, rowOf: rowAt }: Vectors) =>
  (path: string): string | undefined => {
    const row = rowAt(path);
    return row === undefined ? undefined : hashOfRow(matrix, row);
  };

interface KeptVectors extends Kept {
  /** Some of them: [n, columns]. */
  readonly some: (items: readonly number[]) => Tensor;
}

const isUsable = (vector: ArrayLike<number>): boolean => Array.prototype.every.call(vector, Number.isFinite);

const gathered = ({ columns, data }: Matrix, rows: readonly number[]): Tensor => {
  const chosen = new Float64Array(rows.length * columns);
  for (const [at, row] of rows.entries()) chosen.set(data.subarray(row * columns, (row + 1) * columns), at * columns);
  return { shape: [rows.length, columns], data: chosen };
};

/** The items of the description that are vectors of finite numbers; the others are left out, as are pictures that cannot be read. */
const kept = ({ matrix, rowOf: rowAt }: Vectors, { items }: Description): KeptVectors => {
  const rows = items.map(({ path }) => rowAt(path) ?? -1);
  const isSound = rows.map((row) => row >= 0 && isUsable(rowOf(matrix, row)));
  return {
    usable: rows.flatMap((_, item) => (isSound[item] === true ? [item] : [])),
    leftOut: items.flatMap(({ path }, item) => (isSound[item] === true ? [] : [{ path, why: "holds what is no finite number" }])),
    warnings: [],
    hashOf: (item) => hashOfRow(matrix, rows[item] ?? 0),
    some: (chosen) =>
      gathered(
        matrix,
        chosen.map((item) => rows[item] ?? 0),
      ),
  };
};

/** A description of these vectors, which may divide them otherwise than their own, with what of it can be used. */
export const storedVectors = (
  vectors: Vectors,
  description: Description,
  { strict, featureWidth }: { readonly strict?: boolean; readonly featureWidth?: number | undefined },
): E.Either<Fault, Stored<KeptVectors>> => {
  const { columns } = vectors.matrix;
  if (featureWidth !== undefined && featureWidth !== columns)
    return E.left(
      failed(`has vectors of ${columns} numbers, and the network takes ${featureWidth}`, {
        where: vectors.description.root,
        remedy: "give vectors that the same network made",
      }),
    );
  const store = kept(vectors, description);
  return pipe(
    excused(description.root, store.leftOut, strict),
    E.map((leftOut) => ({ description, classes: classesOf(description.items), store, leftOut })),
  );
};

const nothing = async (): Promise<void> => {};

/** How vectors come to a network: as they are. */
export const vectorSeeing = ({ store }: Stored<KeptVectors>): Seeing => {
  const source = ({ pictures, labels, files, names }: Chosen): NamedSource => ({
    count: pictures.length,
    labels,
    files,
    names,
    plain: (indices) => TE.right(store.some(indices.map((index) => pictures[index] ?? -1))),
  });
  return {
    evaluated: (section) => ({ ...source(section), kept: { kind: "vectors" } }),
    training: (section, sampler) => {
      async function* batches(random: Parameters<typeof split>[0], first: number): AsyncGenerator<E.Either<Fault, GivenBatch>> {
        for (let step = first; ; step++) {
          const [drawn] = sampler(split(split(random, step), "batch"));
          yield E.right({
            images: store.some(drawn.map((index) => section.pictures[index] ?? -1)),
            labels: drawn.map((index) => section.labels[index] ?? 0),
          });
        }
      }
      return { ...source(section), batches };
    },
    rest: noRest,
    close: nothing,
  };
};

const called = (path: string, table: string | undefined): E.Either<Fault, Called> =>
  table === undefined ? E.map((matrix: Matrix) => ({ matrix, names: namesOf(matrix) }))(readMatrix(path)) : labelled(path, table);

/** Vectors to be embedded, whatever their classes; called as a table of labels calls them, where one is given. */
export const openVectors = (
  path: string,
  { featureWidth, table }: { readonly featureWidth: number | undefined; readonly table: string | undefined },
): E.Either<Fault, NamedSource & Listed> =>
  pipe(
    called(path, table),
    E.bind("stored", ({ matrix, names }) => {
      const rows = new Map(names.map((name, row) => [name, row]));
      const items = names.map((name): Item => ({ path: name, label: "", part: "test" }));
      const description: Description = { name: path, root: path, items, warnings: [] };
      return storedVectors({ matrix, rowOf: (name) => rows.get(name), description }, description, { strict: true, featureWidth });
    }),
    E.map(({ stored }) => {
      const pictures = stored.store.usable;
      const section = { pictures, labels: pictures.map(() => 0), files: stored.description.items.map(({ path: file }) => file), names: [] };
      return vectorSeeing(stored).evaluated(section);
    }),
  );
