/** Work for a request: in its place among others, and no longer waited for than a request may take. */
import * as E from "fp-ts/lib/Either.js";
import { reasonOf } from "../faults/index.js";
import type { Gate } from "./gate.js";
import { busy, type Problem } from "./problem.js";

/** Waits for the work's turn. Left: nobody waits for it any more. */
export type Turn = () => Promise<E.Either<Problem, void>>;

export type Work<A> = (turn: Turn) => Promise<E.Either<Problem, A>>;

export type Perform = <A>(work: Work<A>) => Promise<E.Either<Problem, A>>;

const full = busy("too many requests are waiting already");

/** Work that goes on after its time keeps its place until it ends: what is done at once never exceeds the gate. */
export const performerOf =
  (gate: Gate, seconds: number): Perform =>
  async <A>(work: Work<A>) => {
    const place = gate.enter();
    if (place === undefined) return E.left(full);
    const overdue: E.Either<Problem, never> = E.left(busy(`the answer took longer than ${seconds} s`));
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<E.Either<Problem, A>>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        resolve(overdue);
      }, seconds * 1000);
    });
    const turn: Turn = async () => {
      await place.turn();
      return late ? overdue : E.right(undefined);
    };
    const done = work(turn)
      .catch(
        (thrown: unknown): E.Either<Problem, A> => E.left({ status: 500, detail: "the service made a mistake", cause: reasonOf(thrown) }),
      )
      .finally(() => {
        clearTimeout(timer);
        place.leave();
      });
    return Promise.race([done, waited]);
  };
