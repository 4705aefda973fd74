/**
 * Takes training forward by one plan: a single step, or several traced into one where the engine gains by it. What steps
 * carry stays on the engine between them; a row of observations a step is read.
 */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Engine, Program, Resident } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { flatten, type Named, type Tensor } from "../tensor/index.js";
import { type Observed, readObserved } from "./observe.js";
import type { trainingStep } from "./step.js";

/** What became of some steps. */
export interface Advanced {
  /** What the steps carry, after the last of them. The residents given stay valid. */
  readonly carried: readonly Resident[];
  /** One a step, in order. */
  readonly observed: readonly Observed[];
}

/** The training step on an engine, one at a time or several in one plan. */
export interface Advancer {
  /** Most steps of one plan. */
  readonly most: number;
  /** Runs a step for each of `given`, of which there are 1 or `most`. */
  readonly advance: (carried: readonly Resident[], given: readonly Named<Tensor>[]) => TE.TaskEither<Fault, Advanced>;
  readonly close: () => void;
}

/** Gives back what residents hold on the device. */
export const releaseAll = (residents: readonly Resident[]): void => {
  for (const resident of residents) resident.release();
};

/** Compiles the step, and `together` steps as one where the engine does that. */
export const advancer =
  <T>(engine: Engine<T>, step: ReturnType<typeof trainingStep>, together: number): TE.TaskEither<Fault, Advancer> =>
  async () => {
    const places = step.carried.length;
    const single = await engine.compile(step.shapes, step.program)();
    if (E.isLeft(single)) return single;
    const several =
      together > 1 && engine.compileRepeated !== undefined
        ? await engine.compileRepeated(together, places, step.shapes, step.program)()
        : undefined;
    if (several !== undefined && E.isLeft(several)) {
      single.right.close();
      return several;
    }
    const advance =
      (program: Program, carried: readonly Resident[], given: readonly Named<Tensor>[]): TE.TaskEither<Fault, Advanced> =>
      async () => {
        const own = given.flatMap((values) => flatten(step.given, values)).map(engine.upload);
        const results = await program.run([...carried, ...own])();
        releaseAll(own);
        if (E.isLeft(results)) return results;
        const [after, rows] = [results.right.slice(0, places), results.right.slice(places)];
        const observed: Observed[] = [];
        for (const row of rows) {
          const read = await row.read();
          if (E.isLeft(read)) {
            releaseAll(results.right);
            return read;
          }
          observed.push(readObserved(step.observed, read.right));
        }
        releaseAll(rows);
        if (observed.length !== given.length) throw new Error(`train: ${given.length} steps gave ${observed.length} observations`);
        return E.right({ carried: after, observed });
      };
    return E.right({
      most: several === undefined ? 1 : together,
      advance: (carried, given) => advance(several !== undefined && given.length > 1 ? several.right : single.right, carried, given),
      close: () => {
        single.right.close();
        several?.right.close();
      },
    });
  };
