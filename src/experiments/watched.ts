/** A grid while it is trained, as the rows of a table that fills: what is done, what is being trained, by whom, and what came of it so far. */
import type { Cell } from "./grid.js";
import type { Outcome } from "./outcome.js";
import type { Carried, Scheduled } from "./schedule.js";
import { sampleOf } from "./student.js";

/** A cell that is being trained. */
interface Underway {
  readonly share: number;
  /** Whoever trains it, where that is another. */
  readonly by?: string;
}

/** Cells that are being trained now, by their names. */
export type Watched = ReadonlyMap<string, Underway>;

/** What is being trained after another word of a carrier. */
export const watchedAfter = (before: Watched, event: Carried | Scheduled["event"]): Watched => {
  if (event.kind === "known" || event.kind === "stopped") return before;
  const after = new Map(before);
  if (event.kind === "ended") after.delete(event.cell.id);
  else {
    const by = event.by ?? before.get(event.cell.id)?.by;
    after.set(event.cell.id, { share: event.kind === "progress" ? event.share : 0, ...(by === undefined ? {} : { by }) });
  }
  return after;
};

/** A line of the table: a row of the recipe at a point of its axis, over all its seeds. */
export interface WatchedRow {
  readonly name: string;
  readonly at: number | undefined;
  readonly cells: number;
  readonly done: number;
  readonly failed: number;
  /** Shares of the cells that are being trained, 0 to 1, as they stand among all. */
  readonly underway: readonly Underway[];
  /** Mean Recall@1 of the final epoch, of those that are done; undefined where none is. */
  readonly recall: number | undefined;
  /** Its deviation over seeds; undefined below two. */
  readonly deviation: number | undefined;
}

/** The cells of each row at each point, in the order in which those come. */
const grouped = (cells: readonly Cell[]): readonly (readonly Cell[])[] => {
  const groups = new Map<string, readonly Cell[]>();
  for (const cell of cells) {
    const key = JSON.stringify([cell.row, cell.at]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()];
};

/** The table's lines, in the order of the cells. */
export const watchedRows = (cells: readonly Cell[], outcomes: ReadonlyMap<string, Outcome>, watched: Watched): readonly WatchedRow[] =>
  grouped(cells).map((own) => {
    const ends = own.flatMap(({ id }) => outcomes.get(id) ?? []);
    const scores = ends.flatMap((end) => (end.kind === "done" ? (end.final["recall@1"] ?? []) : []));
    const { mean, deviation } = sampleOf(scores);
    return {
      name: own[0]?.row ?? "",
      at: own[0]?.at,
      cells: own.length,
      done: scores.length,
      failed: ends.length - scores.length,
      underway: own.flatMap(({ id }) => watched.get(id) ?? []),
      recall: scores.length === 0 ? undefined : mean,
      deviation: scores.length < 2 ? undefined : deviation,
    };
  });
