/**
 * The scheduler: which cells of a grid are still to be trained, handed to a carrier, and where the grid stands after each of its words.
 * It does not know how a carrier trains: one after the other in this process, or many at once on other machines.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../faults/index.js";
import { parseSettings } from "../runs/index.js";
import { batchOf } from "../train/index.js";
import type { Cell } from "./grid.js";
import type { Outcome } from "./outcome.js";

/** What a carrier tells. It tells the end of every cell that it was given, in any order, unless it is stopped. */
export type Carried =
  /** `by`: whoever trains it, where that is another. */
  | { readonly kind: "began"; readonly cell: Cell; readonly by?: string }
  /** How much of it is trained, 0 to 1, and how much was before it was begun or taken up now. */
  | { readonly kind: "progress"; readonly cell: Cell; readonly share: number; readonly from: number; readonly by?: string }
  | { readonly kind: "ended"; readonly cell: Cell; readonly outcome: Outcome }
  /** It carries no more; what was done is kept. */
  | { readonly kind: "stopped"; readonly fault: Fault };

/** Trains cells, each of another name. */
export type Carrier = (cells: readonly Cell[]) => AsyncIterable<Carried>;

/** Where a grid stands. */
export interface Standing {
  /** Outcomes by the cells' names. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** How many cells there are, those of one name counted once. */
  readonly cells: number;
  /** Share of the whole work that is done, 0 to 1: pixels that training goes through. */
  readonly share: number;
  /** As long as the rest will take at the pace until here; undefined where nothing was trained yet. */
  readonly secondsLeft: number | undefined;
}

export interface Scheduled {
  /** `known`: the grid before anything is carried. */
  readonly event: Carried | { readonly kind: "known" };
  readonly standing: Standing;
}

/** What a cell costs, in pixels; a cell whose settings are not understood costs nothing. */
export const workOf = ({ settings }: Pick<Cell, "settings">): number => {
  const parsed = parseSettings("", settings);
  if (E.isLeft(parsed)) return 0;
  const { epochs, iterations, imageSize } = parsed.right;
  return epochs * iterations * batchOf(parsed.right).batch * imageSize ** 2;
};

/** The cells of a grid by their names: two rows may be one and the same run. */
const distinct = (cells: readonly Cell[]): readonly Cell[] => [...new Map(cells.map((cell) => [cell.id, cell])).values()];

/**
 * Has the cells trained that are not done yet. `known` says what is known of a cell before; one that failed before is tried again.
 * The last word is of the last cell's end, or that the carrier was stopped.
 */
export async function* schedule(
  cells: readonly Cell[],
  known: (cell: Cell) => Outcome | undefined,
  carrier: Carrier,
  now: () => number = Date.now,
): AsyncGenerator<Scheduled, void> {
  const all = distinct(cells);
  const outcomes = new Map<string, Outcome>();
  for (const cell of all) {
    const outcome = known(cell);
    if (outcome?.kind === "done") outcomes.set(cell.id, outcome);
  }
  const missing = all.filter(({ id }) => !outcomes.has(id));
  const work = new Map(all.map((cell) => [cell.id, workOf(cell)]));
  const total = all.reduce((sum, { id }) => sum + (work.get(id) ?? 0), 0);
  const progress = new Map<string, { readonly share: number; readonly from: number }>();
  const started = now();
  const standing = (): Standing => {
    const parts = missing.map(({ id }) => {
      const { share = 0, from = 0 } = progress.get(id) ?? {};
      return { own: work.get(id) ?? 0, share: outcomes.has(id) ? 1 : share, from };
    });
    // What a run had when it was taken up was not trained now, and says nothing of the pace.
    const trained = parts.reduce((sum, { own, share, from }) => sum + (share - from) * own, 0);
    const left = parts.reduce((sum, { own, share }) => sum + (1 - share) * own, 0);
    return {
      outcomes: new Map(outcomes),
      cells: all.length,
      share: total === 0 ? 1 : (total - left) / total,
      secondsLeft: left === 0 ? 0 : trained === 0 ? undefined : ((now() - started) / 1000) * (left / trained),
    };
  };
  yield { event: { kind: "known" }, standing: standing() };
  if (missing.length === 0) return;
  for await (const event of carrier(missing)) {
    if (event.kind === "progress") progress.set(event.cell.id, event);
    if (event.kind === "ended") outcomes.set(event.cell.id, event.outcome);
    yield { event, standing: standing() };
    if (event.kind === "stopped") return;
  }
}
