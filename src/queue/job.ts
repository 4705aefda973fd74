/** A cell as it lies in the queue: all that a worker must know, and no place on any machine. Its name there is its name everywhere. */
import { z } from "zod";
import type { Cell } from "../experiments/index.js";

const cellSchema = z.object({
  id: z.string(),
  row: z.string(),
  at: z.number().optional(),
  seed: z.int(),
  settings: z.record(z.string(), z.unknown()),
});

export const jobSchema = z.object({
  recipe: z.string(),
  cell: cellSchema,
  /** Of the data that the grid was made on. */
  fingerprint: z.string(),
  /** Of the program that made the grid: results of another one stand under another name. */
  version: z.string(),
  /** Whether the data are those that the program draws: a worker that lacks them can draw them. */
  generated: z.boolean(),
  /** Nobody wants it any more: whoever takes it gives it back at once. */
  cancelled: z.boolean(),
});

export type CellJob = Omit<Readonly<z.infer<typeof jobSchema>>, "cell"> & { readonly cell: Cell };

/** All that is the same for each cell of a grid. */
export type GridOrder = Pick<CellJob, "recipe" | "fingerprint" | "version" | "generated"> & {
  /** Cells of a lower number go first. */
  readonly priority: number;
  /** How often a cell that failed is tried again. */
  readonly retries: number;
};

/** A number that Redis has, and that a priority may be. */
export const priorities = { lowest: 1, usual: 100, highest: 2_000_000 } as const;

/** The one queue: workers take whatever grid's cells come first in it. */
export const queueName = "mdr-cells";
