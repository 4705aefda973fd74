/** The carrier that trains cells one after the other in this process. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, interrupted, reasonOf } from "../faults/index.js";
import type { Cell } from "./grid.js";
import type { Outcome } from "./outcome.js";
import type { Carried, Carrier } from "./schedule.js";

/** Trains one cell, or goes on with it, and tells what share of it is trained, and what share was before. A fault that is no interruption is the cell's own. */
export type TrainCell = (cell: Cell, onShare: (share: number, from: number) => void) => TE.TaskEither<Fault, Outcome>;

/** Words that are put in while others wait for them. */
const mailbox = <A>() => {
  const held: A[] = [];
  let wake = (): void => {};
  return {
    put: (word: A): void => {
      held.push(word);
      wake();
    },
    next: async (): Promise<A> => {
      for (;;) {
        const word = held.shift();
        if (word !== undefined) return word;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
};

/** What a cell's end means to the grid: the user's interruption stops it, and nothing else does. */
const ended = (cell: Cell, result: E.Either<Fault, Outcome>): Carried =>
  E.isRight(result)
    ? { kind: "ended", cell, outcome: result.right }
    : result.left.kind === "interrupted"
      ? { kind: "stopped", fault: result.left }
      : { kind: "ended", cell, outcome: { kind: "failed", why: result.left.message } };

/**
 * One cell after the other. `stopped` is asked before each; what is thrown in a cell is that cell's failure, for a mistake in one loss
 * must not cost the night of all others.
 */
export const inThisProcess = (train: TrainCell, stopped: () => boolean): Carrier =>
  async function* (cells) {
    for (const cell of cells) {
      if (stopped()) {
        yield { kind: "stopped", fault: interrupted("stopped between two cells; what was done is kept") };
        return;
      }
      yield { kind: "began", cell };
      const words = mailbox<Carried>();
      void train(cell, (share, from) => words.put({ kind: "progress", cell, share, from }))().then(
        (result) => words.put(ended(cell, result)),
        (thrown: unknown) =>
          words.put({ kind: "ended", cell, outcome: { kind: "failed", why: `a mistake of the program: ${reasonOf(thrown)}` } }),
      );
      for (;;) {
        const word = await words.next();
        yield word;
        if (word.kind === "stopped") return;
        if (word.kind === "ended") break;
      }
    }
  };
