/** A run from its settings to its folder: the plan on an engine, where it begins, its stream, and the record of it. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Engine } from "../engines/index.js";
import { evaluateRetrieval } from "../evaluate/index.js";
import { type Fault, misused } from "../faults/index.js";
import {
  type Beginning,
  carriedLayout,
  firstValues,
  type Plan,
  planOf,
  type RunPictures,
  type RunResult,
  run,
  type Score,
} from "../train/index.js";
import { type Checkpoint, fitting } from "./checkpoint.js";
import { type Recording, record } from "./recorder.js";
import type { Settings } from "./settings.js";

/** All retrieval metrics under these settings; Recall@1 is always among them. */
export const scoreWith =
  ({ recall, seed }: Pick<Settings, "recall" | "seed">): Score =>
  (queries, gallery) =>
    evaluateRetrieval(queries.embeddings, queries.labels, {
      ranks: [...new Set([1, ...recall])],
      seed,
      ...(gallery === undefined ? {} : { gallery }),
    });

/** First values, or those of the checkpoint where they fit the plan. */
const beginning = (settings: Settings, plan: Plan, resume: Checkpoint | undefined): E.Either<Fault, Beginning> => {
  if (resume === undefined) return E.right({ carried: firstValues(settings, plan), step: 0, history: [] });
  const { step, history } = resume.record;
  const { epochs, iterations, out } = settings;
  if (step > epochs * iterations) {
    const epoch = Math.ceil(step / iterations);
    return E.left(
      misused(`the run in ${out} is in epoch ${epoch} already: resume it with ${epoch} or more`, { where: `{epochs} ${epochs}` }),
    );
  }
  return pipe(
    fitting(out, carriedLayout(plan), resume.tensors),
    E.map((carried) => ({ carried, step, history })),
  );
};

export interface Performance extends Pick<Recording, "onEvent" | "stopped"> {
  readonly resume?: Checkpoint;
}

/** Trains as the settings say, from the beginning or from `resume`, into the folder they name. */
export const perform = <T>(
  engine: Engine<T>,
  settings: Settings,
  pictures: RunPictures,
  { resume, ...watching }: Performance = {},
): TE.TaskEither<Fault, RunResult> =>
  pipe(
    TE.Do,
    TE.bind("plan", () => TE.fromEither(planOf(engine, settings))),
    TE.bind("begun", ({ plan }) => TE.fromEither(beginning(settings, plan, resume))),
    TE.chain(({ plan, begun }) =>
      record(run(engine, plan, pictures, scoreWith(settings), begun), {
        settings,
        engine: `${engine.info.name} (${engine.info.backend})`,
        precision: engine.info.roundOff < 1e-10 ? "F64" : "F32",
        begun: { ...begun, seconds: resume?.record.seconds ?? 0 },
        ...watching,
      }),
    ),
  );
