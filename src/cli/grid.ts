/** A grid as the command line asks for it: its recipe, its data looked at once, its cells. */
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { defaultDrawing, fingerprintOf } from "../datasets/index.js";
import {
  type Cell,
  type ContentOf,
  cellsOf,
  type GridChoice,
  type Published,
  pointsOf,
  type Recipe,
  readPublished,
  readRecipe,
  recipeNames,
  rowsOf,
  type Scale,
  scales,
  shown,
  type Values,
} from "../experiments/index.js";
import { type Fault, misused } from "../faults/index.js";
import { programVersion, readBytes } from "../files/index.js";
import { defaults, parseSettings, type Settings, weightsPlace } from "../runs/index.js";
import { contentHash } from "../store/index.js";
import { makeData } from "./data.js";
import { givenSettings } from "./options.js";
import { counted, say } from "./output.js";
import { countsLine, loadSources } from "./session.js";

export type Flags = Readonly<Record<string, unknown>>;

const recipes = fileURLToPath(new URL("../../recipes/", import.meta.url));

/** A recipe by its name, or by the path of its file. */
const recipeOf = (name: string): E.Either<Fault, Recipe> =>
  name.endsWith(".json") ? readRecipe(resolve(name, ".."), basename(name, ".json")) : readRecipe(recipes, name);

/** Everything that is asked for, before a picture is looked at. */
interface Asked {
  readonly recipe: Recipe;
  readonly out: string;
  readonly choice: GridChoice;
  readonly published: Published | undefined;
  /** Of the cells that can be understood, the first: by it the data are looked at. */
  readonly first: Settings;
  /** Whether the data are those that this program draws. */
  readonly generated: boolean;
  readonly json: boolean;
}

const seedsOf = (flags: Flags, recipe: Recipe): E.Either<Fault, number> => {
  const seeds = Number(flags.seeds ?? recipe.seeds);
  return Number.isInteger(seeds) && seeds >= 1 && seeds <= 1000
    ? E.right(seeds)
    : E.left(misused("use a whole number from 1 to 1000", { where: `{seeds} ${String(flags.seeds)}` }));
};

const scaleOf = ({ scale = "full" }: Flags): E.Either<Fault, Scale> => {
  const found = (Object.keys(scales) as Scale[]).find((name) => name === scale);
  return found === undefined
    ? E.left(misused(`use one of ${Object.keys(scales).join(", ")}`, { where: `{scale} ${String(scale)}` }))
    : E.right(found);
};

/** The first settings that are understood; else what is wrong with the first cell. */
const firstOf = (cells: readonly Cell[]): E.Either<Fault, Settings> => {
  const parsed = cells.map(({ row, settings }) => parseSettings(row, settings));
  return parsed.find(E.isRight) ?? parsed[0] ?? E.left(misused("the recipe has no cells"));
};

export const askedOf = (name: string, flags: Flags): E.Either<Fault, Asked> =>
  pipe(
    E.Do,
    E.bind("recipe", () => recipeOf(name)),
    E.bind("scale", () => scaleOf(flags)),
    E.bind("seeds", ({ recipe }) => seedsOf(flags, recipe)),
    E.bind("published", () => (typeof flags.published === "string" ? readPublished(flags.published) : E.right(undefined))),
    E.bind("all", () => givenSettings(flags)),
    E.chain(({ recipe, scale, seeds, published, all: { out: _, dataset = defaults.dataset, ...given } }) => {
      const vectors = given.features !== undefined;
      const generated = given.data === undefined && !vectors && dataset === defaults.dataset && scale === "small";
      if (given.data === undefined && !vectors && !generated)
        return E.left(
          misused(
            "say which data: with {data} where they lie and {dataset} how, with {features} and {labels} which vectors, or {scale} small for generated ones",
          ),
        );
      const settings: Values = generated ? { ...given, data: defaults.data } : given;
      const choice = { dataset: String(dataset), scale, seeds, fingerprint: "", version: programVersion, given: settings };
      const out = typeof flags.out === "string" ? flags.out : "runs/reproduce";
      return pipe(
        cellsOf(recipe, choice),
        E.chain(firstOf),
        E.map((first): Asked => ({ recipe, out, choice, published, first, generated, json: flags.json === true })),
      );
    }),
  );

/** Of files, each read once; one that cannot be read goes by its path, and the cells that begin with it say why they cannot. */
export const contents = (): ContentOf => {
  const known = new Map<string, string>();
  return (file) => {
    const bytes = known.has(file) ? undefined : readBytes(weightsPlace(file));
    if (bytes !== undefined) known.set(file, E.isRight(bytes) ? contentHash(bytes.right) : file);
    return known.get(file) ?? file;
  };
};

/** A grid whose data are known: cells under their names. */
export interface Grid extends Asked {
  readonly cells: readonly Cell[];
  /** What the data are called in tables. */
  readonly dataset: string;
}

/** Looks at the data once: they are decoded, and what is to be said of them is said. */
export const gridOf = async (asked: Asked): Promise<E.Either<Fault, Grid>> => {
  const { first, generated, json, recipe, choice } = asked;
  const speech = { quiet: json };
  if (generated) {
    const made = await makeData(defaultDrawing, first.data)();
    if (E.isLeft(made)) return made;
    if (made.right.drawn > 0) say(`drew ${made.right.drawn} pictures of ${made.right.classes} classes in ${first.data}`);
  }
  const sources = await loadSources(first, speech)();
  if (E.isLeft(sources)) return sources;
  if (!json) say(countsLine(sources.right, first));
  await sources.right.close();
  const known = { ...choice, fingerprint: fingerprintOf(sources.right.recorded) };
  const own = ["folders", "list"].includes(choice.dataset) ? basename(resolve(first.data)) : choice.dataset;
  const named = first.features === "" ? own : basename(first.features);
  return E.map((cells: readonly Cell[]): Grid => ({ ...asked, choice: known, cells, dataset: named }))(cellsOf(recipe, known, contents()));
};

/** All recipes, for whoever asks what there is. */
export const catalogue = (json: boolean): E.Either<Fault, string> =>
  pipe(
    recipeNames(recipes),
    E.chain(E.traverseArray((name) => readRecipe(recipes, name))),
    E.map((all) =>
      json
        ? JSON.stringify(all, null, 2)
        : all
            .map((recipe) => {
              const { name, title, shows, datasets, seeds } = recipe;
              const cells = rowsOf(recipe, "full").length * (pointsOf(recipe, "full")?.values.length ?? 1);
              return `${name}: ${title}\n  ${shown[shows]}; ${cells} runs a seed, ${counted(seeds, "seed")}; --dataset ${Object.keys(datasets).join(" | ")}`;
            })
            .join("\n"),
    ),
  );
