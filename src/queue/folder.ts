/** A cell's folder made free for whoever the queue has given the cell to. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import { dropForeignLock, heldBy } from "../files/index.js";

/** Milliseconds between two looks. */
const pause = 50;

/**
 * Waits until the lock at this path is free. That of a process of another machine is taken away: the queue gives a cell to one worker at
 * a time, and its lease there has run out. A process of this machine is waited for: it is a child whose worker was killed, and ends by itself.
 */
export const freed =
  (path: string, milliseconds: number): TE.TaskEither<Fault, void> =>
  async () => {
    const until = Date.now() + milliseconds;
    dropForeignLock(path);
    for (;;) {
      const held = heldBy(path);
      if (held === undefined) return E.right(undefined);
      if (Date.now() >= until) return E.left(held);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
