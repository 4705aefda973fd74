/** A run from its settings to its folder: the plan on an engine, where it begins, its stream, and the record of it. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { fingerprintOf, type Recorded, testedOf, trainedClasses } from "../datasets/index.js";
import type { Engine, EngineInfo } from "../engines/index.js";
import { type Evaluated, evaluated, type Queries, queriesOf, unanswerable } from "../evaluate/index.js";
import { type Fault, misused } from "../faults/index.js";
import type { PictureSource } from "../pictures/index.js";
import {
  type Beginning,
  carriedLayout,
  classNumbers,
  type Embedded,
  type Plan,
  planOf,
  type RunPictures,
  type RunResult,
  run,
  type Score,
} from "../train/index.js";
import { firstOf } from "./beginning.js";
import { type FoundCheckpoint, fitting } from "./checkpoint.js";
import { claimFolder } from "./folder.js";
import type { RunIdentity } from "./record.js";
import { type Recording, record } from "./recorder.js";
import { resumeFolder } from "./resume.js";
import type { Settings } from "./settings.js";
import type { JudgedEmbeddings } from "./thresholds.js";

/** The K of Recall@K: 1 is always among them. */
export const shownRanks = ({ recall }: Pick<Settings, "recall">): readonly number[] => [...new Set([1, ...recall])];

/** Told how much of an evaluation's comparing is done. */
export type OnScoring = (done: number, total: number) => void;

/** What is asked of an evaluation. */
export type Asked = Pick<Settings, "recall" | "seed" | "lone" | "clusters">;

/** All that these settings ask of an evaluation, and what each query found. */
export const evaluateWith =
  ({ recall, seed, lone, clusters }: Asked, onProgress?: OnScoring) =>
  (queries: Embedded, gallery?: Embedded): TE.TaskEither<Fault, Evaluated> =>
    evaluated(queries.embeddings, queries.labels, { ranks: shownRanks({ recall }), seed, lone, clusters, gallery, onProgress });

/** The scores alone. */
export const scoreWith =
  (asked: Asked, onProgress?: OnScoring): Score =>
  (queries, gallery) =>
    pipe(
      evaluateWith(asked, onProgress)(queries, gallery),
      TE.map(({ scores }) => scores),
    );

/** The classes of what is looked for, and of what it is looked for among. */
interface JudgedLabels {
  readonly query: Pick<PictureSource, "labels">;
  readonly gallery?: Pick<PictureSource, "labels"> | undefined;
}

/** No run trains for hours towards scores that cannot be. */
const scorable = ({ query, gallery }: JudgedLabels, { lone }: Settings): E.Either<Fault, void> => {
  const refused = unanswerable(query.labels, { gallery: gallery?.labels, lone });
  return refused === undefined ? E.right(undefined) : E.left(refused);
};

/** Where a run begins, and what is to be told of it. */
interface Start {
  readonly begun: Beginning;
  readonly told: readonly string[];
}

/** First values, or those of the checkpoint where they fit the plan. */
const beginning = (settings: Settings, plan: Plan, resume: FoundCheckpoint | undefined): E.Either<Fault, Start> => {
  if (resume === undefined)
    return pipe(
      firstOf(settings, plan),
      E.chain(({ carried, notes }) =>
        E.map((fitted: Beginning["carried"]): Start => ({ begun: { carried: fitted, step: 0, history: [] }, told: notes }))(
          fitting(settings.weights ?? settings.out, carriedLayout(plan), carried),
        ),
      ),
    );
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
    E.map((carried) => ({ begun: { carried, step, history }, told: [] })),
  );
};

/** The engine in words, as records have it; another wording rounds in another way. */
const wordsOf = ({ name, backend }: EngineInfo): string => `${name} (${backend})`;

/** That from here on the run has the bits of another engine than until now, where it does. */
const otherEngine = (now: string, resume: FoundCheckpoint | undefined): readonly string[] =>
  resume === undefined || resume.record.engine === now || resume.record.step === 0
    ? []
    : [
        `computed by ${resume.record.engine} until step ${resume.record.step}, and by ${now} from there on: it rounds differently, so the bits are not those of one engine throughout`,
      ];

/** How a run is performed in its folder. */
export interface Performance extends Pick<Recording, "onEvent" | "stopped"> {
  readonly resume?: FoundCheckpoint;
  /** Begin anew where another run has the folder. */
  readonly force?: boolean;
  /** Told of what was found damaged in the folder, a line each. */
  readonly onNote?: (line: string) => void;
  readonly onScoring?: OnScoring;
}

/** A run's pictures; those that are files are recorded with it. */
export type PerformedPictures = RunPictures & { readonly recorded?: Recorded };

/** What the shares of an evaluation of these pictures are shares of. */
export const queriesIn = ({ lone }: Pick<Settings, "lone">, { query, gallery }: JudgedLabels): Queries =>
  queriesOf(query.labels, { gallery: gallery?.labels, lone });

/** What every record of the run repeats: who it is, and of which pictures. */
const aboutOf = ({ run: name, data }: RunIdentity, pictures: JudgedLabels, settings: Settings): Recording["about"] => ({
  run: name,
  data: data === null ? "" : fingerprintOf(data),
  classes: data === null ? [] : trainedClasses(data),
  leftOut: data?.leftOut ?? [],
  tested: data === null ? "unseen classes" : testedOf(data, settings.validate),
  ...queriesIn(settings, pictures),
});

/**
 * Trains as the settings say, from the beginning or from `resume`, into the folder they name, which belongs to this run alone and is
 * locked while it lasts.
 */
export const perform = <T>(
  engine: Engine<T>,
  settings: Settings,
  pictures: PerformedPictures,
  { resume, force = false, onNote, onScoring, ...watching }: Performance = {},
): TE.TaskEither<Fault, RunResult> => {
  const { recorded = null } = pictures;
  const precision = engine.info.roundOff < 1e-10 ? "F64" : "F32";
  return pipe(
    TE.fromEither(scorable(pictures, settings)),
    TE.bind("plan", () => TE.fromEither(planOf(engine, settings, classNumbers(pictures.train.labels).size))),
    TE.bind("start", ({ plan }) => TE.fromEither(beginning(settings, plan, resume))),
    TE.bind("claim", () =>
      TE.fromEither(
        resume === undefined ? claimFolder(settings.out, recorded, force) : resumeFolder(settings.out, resume, recorded, force, precision),
      ),
    ),
    TE.chain(({ plan, start: { begun, told }, claim: { identity, notes, release } }) => async () => {
      for (const note of [...told, ...otherEngine(wordsOf(engine.info), resume), ...notes]) onNote?.(note);
      let judged: JudgedEmbeddings | undefined;
      const score: Score = (queries, gallery) => {
        judged = { queries, gallery };
        return scoreWith(settings, onScoring)(queries, gallery);
      };
      try {
        return await record(run(engine, plan, pictures, score, begun), {
          settings,
          about: aboutOf(identity, pictures, settings),
          engine: wordsOf(engine.info),
          precision,
          judged: () => judged,
          onComparing: onScoring,
          begun: {
            ...begun,
            seconds: resume?.record.seconds ?? 0,
            trained: resume?.record.trained ?? { images: 0, milliseconds: 0 },
          },
          ...watching,
        })();
      } finally {
        release();
      }
    }),
  );
};
