/**
 * A recipe of experiments, as a JSON file says it: what is compared (rows), along which axis (points), on which data sets, how often.
 * Its settings are those of a run's config file and are checked where a run is made of them: there is no second schema. A recipe may be
 * like another, and then says only where it differs.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { z } from "zod";
import { type Fault, inWords, misused } from "../faults/index.js";
import { parseJson, readText } from "../files/index.js";
import { suggestion, whole } from "../settings/index.js";

/** Settings by name, not checked yet. */
export type Values = Readonly<Record<string, unknown>>;

/** What a recipe's figures are. */
export const shown = {
  scores: "a table of scores",
  points: "Recall@1 along an axis",
  curves: "learning curves on classes never seen and on classes that train",
  centres: "t-SNE of the centres of classes never seen",
} as const;

export type Shown = keyof typeof shown;

const values = z.record(z.string(), z.unknown());

const rowSchema = z.strictObject({
  name: z.string().min(1),
  settings: values.default({}),
  /** Names of rows that this one is tested against. */
  against: z.array(z.string()).default([]),
});

export type Row = Readonly<z.infer<typeof rowSchema>>;

const pointsSchema = z.strictObject({
  axis: z.string().min(1),
  values: z.array(z.strictObject({ at: z.number(), settings: values })).min(1),
});

export type Points = Readonly<z.infer<typeof pointsSchema>>;

const fileSchema = z.strictObject({
  like: z.string().optional(),
  title: z.string().min(1),
  shows: z.enum(Object.keys(shown) as [Shown, ...Shown[]]).optional(),
  seeds: whole(1, 1000).optional(),
  settings: values.default({}),
  datasets: z.record(z.string(), values).default({}),
  rows: z.array(rowSchema).min(1).optional(),
  points: pointsSchema.optional(),
  small: z
    .strictObject({ settings: values.default({}), rows: z.array(rowSchema).min(1).optional(), points: pointsSchema.optional() })
    .default({ settings: {} }),
});

export interface Recipe {
  /** Of the file, without its ending: what its tables are called. */
  readonly name: string;
  readonly title: string;
  readonly shows: Shown;
  /** How many seeds a row is trained with where nobody says. */
  readonly seeds: number;
  readonly settings: Values;
  /** By kind of data set, what is set on it. */
  readonly datasets: Readonly<Record<string, Values>>;
  readonly rows: readonly Row[];
  readonly points?: Points | undefined;
  /** What is otherwise where the whole is to take minutes: settings over all others but the rows' and the points', rows and points instead. */
  readonly small: { readonly settings: Values; readonly rows?: readonly Row[] | undefined; readonly points?: Points | undefined };
}

const ending = ".json";

/** Names of the recipes in a folder. */
export const recipeNames = (folder: string): E.Either<Fault, readonly string[]> =>
  E.tryCatch(
    () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .map((name) => name.slice(0, -ending.length))
        .sort(),
    (thrown) => misused(inWords(thrown, "reading"), { where: folder }),
  );

type RecipeFile = z.infer<typeof fileSchema>;

const parsed = (path: string, value: unknown): E.Either<Fault, RecipeFile> => {
  const found = fileSchema.safeParse(value);
  if (found.success) return E.right(found.data);
  const [issue] = found.error.issues;
  return E.left(misused(`is no recipe: "${issue?.path.join(".") ?? ""}": ${issue?.message ?? "not valid"}`, { where: path }));
};

/** What a recipe says of rows must hold of all of them. */
const consistent = (path: string, { rows, small }: Recipe): E.Either<Fault, void> => {
  for (const own of [rows, small.rows ?? rows]) {
    const names = own.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) return E.left(misused(`has two rows "${twice}"`, { where: path }));
    const lost = own.flatMap(({ against }) => against).find((name) => !names.includes(name));
    if (lost !== undefined)
      return E.left(misused(`tests against a row "${lost}" that it does not have: ${suggestion(lost, names)}`, { where: path }));
  }
  return E.right(undefined);
};

/** A recipe's own words over those of the one that it is like. */
const over = (path: string, name: string, file: RecipeFile, base?: Recipe): E.Either<Fault, Recipe> => {
  const rows = file.rows ?? base?.rows;
  if (rows === undefined) return E.left(misused('has no "rows": say what is compared', { where: path }));
  // Rows and points of its own stand for the small scale too, unless that has others.
  const small = {
    rows: file.small.rows ?? (file.rows === undefined ? base?.small.rows : undefined),
    points: file.small.points ?? (file.points === undefined ? base?.small.points : undefined),
  };
  return E.right({
    name,
    title: file.title,
    shows: file.shows ?? base?.shows ?? "scores",
    seeds: file.seeds ?? base?.seeds ?? 5,
    settings: { ...base?.settings, ...file.settings },
    datasets: { ...base?.datasets, ...file.datasets },
    rows,
    points: file.points ?? base?.points,
    small: { settings: { ...base?.small.settings, ...file.small.settings }, ...small },
  });
};

/** The recipe in a folder by its name, `seen` being those that are like it. */
const recipeIn = (folder: string, name: string, seen: readonly string[]): E.Either<Fault, Recipe> => {
  const path = join(folder, `${name}${ending}`);
  if (seen.includes(name)) return E.left(misused(`is like itself: ${[...seen, name].join(" -> ")}`, { where: path }));
  return pipe(
    readText(path),
    E.chain((text) => parseJson(path, text)),
    E.chain((value) => parsed(path, value)),
    E.bindTo("file"),
    E.bind(
      "base",
      ({ file }): E.Either<Fault, Recipe | undefined> =>
        file.like === undefined ? E.right(undefined) : recipeIn(folder, file.like, [...seen, name]),
    ),
    E.chain(({ file, base }) => over(path, name, file, base)),
    E.chainFirst((recipe) => consistent(path, recipe)),
  );
};

/** The recipe of a name; left where there is none of it, or where it is none. */
export const readRecipe = (folder: string, name: string): E.Either<Fault, Recipe> =>
  pipe(
    recipeNames(folder),
    E.filterOrElse(
      (names) => names.includes(name),
      (names) => misused(`there is no recipe "${name}": ${suggestion(name, names)}`),
    ),
    E.chain(() => recipeIn(folder, name, [])),
  );
