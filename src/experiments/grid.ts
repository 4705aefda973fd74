/** The cells of a grid: a recipe's rows, points and seeds on one data set, each a run by its settings, each with a name of its own. */
import { createHash } from "node:crypto";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, misused } from "../faults/index.js";
import { parseSettings, resumable } from "../runs/index.js";
import { suggestion } from "../settings/index.js";
import { choicesOf } from "../train/index.js";
import type { Points, Recipe, Row, Values } from "./recipe.js";

export const scales = { full: "as the paper trains", small: "small pictures, a small network, minutes" } as const;
export type Scale = keyof typeof scales;

/** One run of a grid: pure data, which any process on any machine can train from. */
export interface Cell {
  /** By what decides the result: settings, data, seed, version. */
  readonly id: string;
  readonly row: string;
  /** Where on the axis, if the recipe has one. */
  readonly at?: number | undefined;
  readonly seed: number;
  /** As a config file would hold them. */
  readonly settings: Values;
}

/** What a grid is made for. */
export interface GridChoice {
  readonly dataset: string;
  readonly scale: Scale;
  /** How many: 1, 2, .. */
  readonly seeds: number;
  /** Of the data, pictures and their division. */
  readonly fingerprint: string;
  /** Of the program. */
  readonly version: string;
  /** What the user sets over everything. */
  readonly given: Values;
}

export const rowsOf = ({ rows, small }: Recipe, scale: Scale): readonly Row[] => (scale === "small" ? (small.rows ?? rows) : rows);

export const pointsOf = ({ points, small }: Recipe, scale: Scale): Points | undefined =>
  scale === "small" ? (small.points ?? points) : points;

/** JSON whose keys come in one order at every depth. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? "";

/** What may be otherwise without making another cell: where things lie, and what computes. How long a run is does make another. */
export const isPlace = (name: string): boolean => name !== "epochs" && resumable.has(name);

/**
 * The settings that decide a result: every one that is known, a method's name resolved into its choices; or what was said, where that is
 * not understood. Of a file of weights its content decides, and not where it lies: that is for a cell's name to say.
 */
export const deciding = (settings: Values): Values => {
  const parsed = parseSettings("", settings);
  const all: Values = E.isLeft(parsed) ? settings : { ...parsed.right, ...choicesOf(parsed.right), method: undefined };
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => !isPlace(name) && name !== "weights" && value !== undefined));
};

/** What tells the content of a file of weights, by its path. */
export type ContentOf = (file: string) => string;

/** Where nobody reads files: a path for its content. */
const byPath: ContentOf = (file) => file;

/** A cell's name: sixteen digits of what decides its result. */
export const cellId = (settings: Values, fingerprint: string, version: string, contentOf = byPath): string => {
  const weights = typeof settings.weights === "string" ? contentOf(settings.weights) : undefined;
  return createHash("sha256")
    .update(canonical({ settings: { ...deciding(settings), weights }, fingerprint, version }))
    .digest("hex")
    .slice(0, 16);
};

/** The settings that a recipe has for a data set at a scale, those of rows and points apart. */
export const sharedSettings = (recipe: Recipe, { dataset, scale }: Pick<GridChoice, "dataset" | "scale">): E.Either<Fault, Values> => {
  const own = recipe.datasets[dataset];
  return own === undefined
    ? E.left(
        misused(`the recipe ${recipe.name} has nothing for it: ${suggestion(dataset, Object.keys(recipe.datasets))}`, {
          where: `{dataset} ${dataset}`,
        }),
      )
    : E.right({ ...recipe.settings, ...own, ...(scale === "small" ? recipe.small.settings : {}), dataset });
};

/** Without what is null, by which a recipe takes back what it says elsewhere: the program decides. */
const said = (settings: Values): Values => Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/** What the rows and the points of a recipe set: what they differ in, and nobody may set for all of them. */
export const varied = (recipe: Recipe, scale: Scale): ReadonlySet<string> =>
  new Set([
    "seed",
    ...rowsOf(recipe, scale).flatMap(({ settings }) => Object.keys(settings)),
    ...(pointsOf(recipe, scale)?.values ?? []).flatMap(({ settings }) => Object.keys(settings)),
  ]);

/** Every cell: all rows with the first seed, then with the second, so that every row has a figure early. */
export const cellsOf = (recipe: Recipe, choice: GridChoice, contentOf = byPath): E.Either<Fault, readonly Cell[]> => {
  const { scale, seeds, fingerprint, version, given } = choice;
  const differing = varied(recipe, scale);
  const clash = Object.keys(given).find((name) => differing.has(name));
  if (clash !== undefined)
    return E.left(misused(`it is what the rows of ${recipe.name} differ in`, { where: `{${clash}}`, remedy: "leave it out" }));
  const points = pointsOf(recipe, scale)?.values ?? [{ at: undefined, settings: {} }];
  return E.map((shared: Values) =>
    Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) =>
      points.flatMap((point) =>
        rowsOf(recipe, scale).map((row): Cell => {
          const settings = said({ ...shared, ...row.settings, ...point.settings, ...given, seed });
          return { id: cellId(settings, fingerprint, version, contentOf), row: row.name, at: point.at, seed, settings };
        }),
      ),
    ),
  )(sharedSettings(recipe, choice));
};
