/**
 * The step loop: the one place where steps follow each other. What they carry stays on the engine; whoever reads the stream
 * gets it before the first step and after each plan, good until the next is asked for.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Engine, Resident } from "../engines/index.js";
import { type Fault, failed } from "../faults/index.js";
import { flatten, itemOf, type Layout, type Named, named, type Tensor, unflatten } from "../tensor/index.js";
import { type Advancer, releaseAll } from "./advance.js";
import { whatWasLarge } from "./divergence.js";
import type { Snapshot } from "./events.js";
import type { Observed } from "./observe.js";

/** The state of a run between steps. */
export interface Stepped {
  /** Steps done. */
  readonly done: number;
  /** Of the steps since the last time, in order; none before the first step. */
  readonly observed: readonly Observed[];
  readonly milliseconds: number;
  /** Everything carried, in the order of the layout, where the engine computes. */
  readonly carried: readonly Resident[];
}

/** Where a run of steps begins. */
export interface Origin {
  readonly layout: Layout;
  readonly carried: Named<Tensor>;
  /** Steps done. */
  readonly step: number;
}

/** A fault, and what was carried before the step that it happened in. */
export interface Broken {
  readonly fault: Fault;
  readonly done: number;
  readonly carried: readonly Resident[];
}

/** What of the carried tensors is wanted by its name, read from the engine. */
export const snapshotOf =
  (layout: Layout, residents: readonly Resident[]): Snapshot =>
  (wanted = () => true) => {
    const own = layout.map(({ name }) => wanted(name));
    return readAll(
      layout.filter((_, index) => own[index]),
      residents.filter((_, index) => own[index]),
    )();
  };

/** The carried tensors by name, read from the engine. */
export const readAll = (layout: Layout, residents: readonly Resident[]): TE.TaskEither<Fault, Named<Tensor>> =>
  pipe(
    residents,
    TE.traverseSeqArray(({ read }) => read),
    TE.map((tensors) => unflatten(layout, tensors)),
  );

/** Lets signals, redraws and other tasks have their turn: an engine that computes without waiting never would. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });

/** Why a step cannot be kept: its loss is no number. Says what was large in the state before it. */
const diverged = async (
  step: number,
  given: Named<Tensor>,
  { loss, ...parts }: Observed,
  before: TE.TaskEither<Fault, Named<Tensor>>,
): Promise<Fault> => {
  const read = await before();
  const large = E.isRight(read) ? whatWasLarge(read.right) : "unknown";
  const values = Object.entries(parts).map(([name, value]) => ({ name, numbers: typeof value === "number" ? [value] : value }));
  const isBroken = ({ numbers }: { readonly numbers: readonly number[] }): boolean => !numbers.every(Number.isFinite);
  const broken = values.filter(isBroken).map(({ name }) => name);
  const rest = values.filter((value) => !isBroken(value)).map(({ name, numbers }) => `${name} ${numbers.join(" ")}`);
  const rate = itemOf(named(given, "learningRate"));
  const culprit = broken.length === 0 ? "" : `not finite either: ${broken.join(", ")}; `;
  return failed(`the loss is ${loss} (${culprit}${[...rest, `learning rate ${rate}`].join(", ")}); largest before it: ${large}`, {
    where: `step ${step}`,
    remedy: "lower {learningRate}, or check the pictures",
  });
};

/**
 * Steps from `origin` until `last` of them are done, each given the next of `givens`. `room(done)` says how many may be one
 * plan. The advancer stays open; what is carried is released when the stream ends.
 */
export async function* steps<T>(
  engine: Pick<Engine<T>, "upload">,
  { most, advance }: Advancer,
  origin: Origin,
  givens: AsyncIterator<E.Either<Fault, Named<Tensor>>>,
  last: number,
  room: (done: number) => number = () => most,
): AsyncGenerator<E.Either<Broken, Stepped>, void> {
  let carried: readonly Resident[] = flatten(origin.layout, origin.carried).map(engine.upload);
  let done = origin.step;
  // After a plan that diverged its steps run one by one: the same numbers, and the fault finds its step and the state before it.
  let oneByOne = false;
  const waiting: Named<Tensor>[] = [];
  const broken = (fault: Fault): E.Either<Broken, never> => E.left({ fault, done, carried });
  try {
    yield E.right({ done, observed: [], milliseconds: 0, carried });
    while (done < last) {
      const from = performance.now();
      const count = !oneByOne && Math.min(room(done), last - done) >= most ? most : 1;
      while (waiting.length < count) {
        const next = await givens.next();
        if (next.done === true) return;
        if (E.isLeft(next.value)) {
          yield broken(next.value.left);
          return;
        }
        waiting.push(next.value.right);
      }
      const given = waiting.slice(0, count);
      const advanced = await advance(carried, given)();
      if (E.isLeft(advanced)) {
        yield broken(advanced.left);
        return;
      }
      const wrong = advanced.right.observed.find(({ loss }) => !Number.isFinite(loss));
      if (wrong !== undefined) {
        releaseAll(advanced.right.carried);
        if (count === 1) {
          yield broken(await diverged(done + 1, given[0] ?? {}, wrong, readAll(origin.layout, carried)));
          return;
        }
        oneByOne = true;
        continue;
      }
      releaseAll(carried);
      waiting.splice(0, count);
      carried = advanced.right.carried;
      done += count;
      yield E.right({ done, observed: advanced.right.observed, milliseconds: performance.now() - from, carried });
      await breathe();
    }
  } finally {
    await givens.return?.();
    releaseAll(carried);
  }
}
