/** A part of a table: one recipe on one data set at one scale, with every cell of it. It can be read back, and says all that is shown. */
import { availableParallelism, cpus, totalmem } from "node:os";
import { z } from "zod";
import type { RecordKind } from "../files/index.js";
import { type Cell, type GridChoice, pointsOf, rowsOf, type Scale, scales } from "./grid.js";
import { type Outcome, outcomeSchema } from "./outcome.js";
import { type Recipe, type Shown, shown } from "./recipe.js";

const sectionSchema = z.object({
  /** What the data are called: their kind, or the name of their folder. */
  dataset: z.string(),
  fingerprint: z.string(),
  scale: z.enum(Object.keys(scales) as [Scale, ...Scale[]]),
  /** The K of Recall@K. */
  ranks: z.array(z.int()),
  rows: z.array(z.object({ name: z.string(), against: z.array(z.string()) })),
  axis: z.string().optional(),
  seeds: z.int(),
  /** What the user set over the recipe. */
  given: z.record(z.string(), z.unknown()),
  cells: z.array(
    z.object({ id: z.string(), row: z.string(), at: z.number().optional(), seed: z.int(), outcome: outcomeSchema.optional() }),
  ),
  machine: z.object({ processor: z.string(), threads: z.int(), memory: z.number(), system: z.string() }),
  versions: z.object({ "mdr-ts": z.string(), node: z.string() }),
});

export type Section = Readonly<z.infer<typeof sectionSchema>>;

const tablesSchema = z.object({
  recipe: z.string(),
  title: z.string(),
  shows: z.enum(Object.keys(shown) as [Shown, ...Shown[]]),
  sections: z.array(sectionSchema),
});

/** `table1.json` and its like. */
export type Tables = Readonly<z.infer<typeof tablesSchema>>;

export const tablesRecord: RecordKind<Tables> = { name: "a table of experiments", schema: tablesSchema, migrations: [] };

/** This machine, as a table names it; memory in bytes. */
export const machineHere = (): Section["machine"] => ({
  processor: cpus()[0]?.model.trim() ?? "unknown",
  threads: availableParallelism(),
  memory: totalmem(),
  system: `${process.platform} ${process.arch}`,
});

export const sectionOf = (
  recipe: Recipe,
  { scale, seeds, fingerprint, version, given }: GridChoice,
  dataset: string,
  ranks: readonly number[],
  cells: readonly Cell[],
  outcomes: ReadonlyMap<string, Outcome>,
): Section => {
  const axis = pointsOf(recipe, scale)?.axis;
  return {
    dataset,
    fingerprint,
    scale,
    ranks: [...ranks],
    rows: rowsOf(recipe, scale).map(({ name, against }) => ({ name, against: [...against] })),
    ...(axis === undefined ? {} : { axis }),
    seeds,
    given,
    cells: cells.map(({ id, row, at, seed }) => {
      const outcome = outcomes.get(id);
      return { id, row, seed, ...(at === undefined ? {} : { at }), ...(outcome === undefined ? {} : { outcome }) };
    }),
    machine: machineHere(),
    versions: { "mdr-ts": version, node: process.version },
  };
};

/** The tables with this section in the place of an earlier one of the same data and scale, or after all others. */
export const withSection = (tables: Pick<Tables, "sections"> | undefined, recipe: Recipe, section: Section): Tables => {
  const before = tables?.sections ?? [];
  const same = ({ fingerprint, scale }: Section): boolean => fingerprint === section.fingerprint && scale === section.scale;
  return {
    recipe: recipe.name,
    title: recipe.title,
    shows: recipe.shows,
    sections: before.some(same) ? before.map((one) => (same(one) ? section : one)) : [...before, section],
  };
};
