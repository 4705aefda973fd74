/** One racer: a run that is asked for one step at a time, and the moments of it. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Embeddable, type Embedder, embedder, networkLayout } from "../embed/index.js";
import type { Engine } from "../engines/index.js";
import { evaluated } from "../evaluate/index.js";
import type { Fault } from "../faults/index.js";
import { type Resample, vectorResample } from "../pictures/browser.js";
import { checkpointBytes } from "../runs/browser.js";
import { at, axisLength, flatten, type Named, type Tensor, under, unsafeTensor } from "../tensor/index.js";
import {
  firstValues,
  type Plan,
  type PlanSettings,
  planFields,
  planOf,
  type RunEvent,
  releaseAll,
  run,
  type Score,
  type Scores,
  type Snapshot,
  type StepReport,
} from "../train/index.js";
import type { Choices } from "./choices.js";
import type { Looked, Moment } from "./messages.js";
import type { Gathered } from "./pictures.js";
import { type Sources, sourcesOf } from "./sources.js";

/** A racer at a step: all that going on from there needs, and how it looked. Nobody writes to it. */
export interface Snapped {
  readonly moment: Moment;
  /** All that a step hands to the next. */
  readonly carried: Named<Tensor>;
  /** Scores of the epochs done. */
  readonly history: readonly Scores[];
}

/** A run on an engine, which goes as far as it is asked to. */
export interface Racer {
  readonly choices: Choices;
  /** Steps of the whole run. */
  readonly last: number;
  readonly step: () => number;
  /** Takes a step, and the evaluation of the epoch that ends with it. False: there was none to take. */
  readonly advance: TE.TaskEither<Fault, boolean>;
  /** How it looks as it stands. */
  readonly look: TE.TaskEither<Fault, Pick<Snapped, "moment">>;
  /** How it looks, and all that going on from here needs: three times as much to read. */
  readonly snap: TE.TaskEither<Fault, Snapped>;
  /** Embeddings [n, D] by the network as it stands, before any head. */
  readonly embed: (pictures: Embeddable, indices: readonly number[]) => TE.TaskEither<Fault, Tensor>;
  /** The bytes of a checkpoint that the `mdr` command reads. */
  readonly checkpoint: TE.TaskEither<Fault, Uint8Array>;
  readonly sources: Sources;
  readonly close: () => Promise<void>;
}

/** Where a run stands after an event of its stream. */
interface Standing {
  readonly step: number;
  readonly report: StepReport | undefined;
  readonly recall: Moment["recall"];
  readonly history: readonly Scores[];
  /** Good until the stream is asked for its next event. */
  readonly snapshot: Snapshot;
  /** Where the racer was put back to, until its next step. */
  readonly from: Snapped | undefined;
}

/** Recall@1 of unseen pictures among each other. */
const score: Score = ({ embeddings, labels }) =>
  pipe(
    evaluated(embeddings, labels, { ranks: [1] }),
    TE.map(({ scores }) => scores),
  );

/** The settings of the run: the batch as the pictures fill it, a step a plan, all training pictures scored. */
const settingsOf = (choices: Choices, { batch, perClass, train }: Sources): PlanSettings => ({
  ...choices,
  batch,
  perClass,
  stepsPerPlan: 1,
  trainScores: train.count,
});

/** After an event. A step forgets what the epoch before it scored. */
const after = (before: Standing, event: Exclude<RunEvent, { readonly kind: "fault" }>): Standing => {
  const { snapshot } = event;
  if (event.kind === "steps") {
    const report = event.reports.at(-1);
    return { ...before, step: report?.step ?? before.step, report, recall: undefined, snapshot, from: undefined };
  }
  const { scores, trained } = event.report;
  const recall = { unseen: scores["recall@1"] ?? 0, seen: trained?.["recall@1"] ?? 0 };
  return { ...before, recall, history: event.history, snapshot, from: undefined };
};

/** Whether a carried tensor shows in a moment: the optimizer's do not. */
const isSeen = (name: string): boolean => name.startsWith("parameter.") || name.startsWith("state.");

/** The settings that a run of the `mdr` command has too. */
const ofRun = (settings: PlanSettings): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name in planFields));

const onEngine = <T>(
  engine: Engine<T>,
  plan: Plan,
  choices: Choices,
  settings: PlanSettings,
  pictures: Gathered,
  sources: Sources,
  looker: Embedder,
  from: Snapped | undefined,
): Racer => {
  const { train, unseen, all, probe, sample } = sources;
  const last = plan.epochs * plan.iterations;
  const begun =
    from === undefined
      ? { carried: firstValues(settings, plan), step: 0, history: [] }
      : { carried: from.carried, step: from.moment.step, history: from.history };
  const stream = run(engine, plan, { train, query: unseen }, score, begun);
  let now: Standing = {
    step: begun.step,
    report: undefined,
    recall: undefined,
    history: begun.history,
    snapshot: async () => E.right(begun.carried),
    from,
  };
  const layout = networkLayout(plan.network);

  const next = async (): Promise<E.Either<Fault, boolean>> => {
    const event = await stream.next();
    if (event.done === true) return E.right(false);
    if (event.value.kind === "fault") return E.left(event.value.fault);
    now = after(now, event.value);
    return E.right(true);
  };

  /** Whether the stream's next event is the evaluation of what is done. */
  const isToEvaluate = (): boolean => now.step % plan.iterations === 0 && now.history.length <= now.step / plan.iterations;

  const embeddedBy =
    (carried: Named<Tensor>) =>
    (source: Embeddable, indices: readonly number[]): TE.TaskEither<Fault, Tensor> =>
    async () => {
      const network = flatten(layout, carried).map(engine.upload);
      const embedded = await looker.embed(network, source, indices)();
      releaseAll(network);
      return embedded;
    };

  /** The rows of `embeddings` from `from` on, which are of the pictures at these positions. */
  const lookedAt = ({ shape, data }: Tensor, from: number, positions: readonly number[]): Looked => {
    const width = axisLength(shape, 1);
    const own = Float64Array.from({ length: positions.length * width }, (_, entry) => at(data, from * width + entry));
    return {
      embeddings: unsafeTensor([positions.length, width], own),
      labels: positions.map((position) => pictures.labels[position] ?? 0),
      pictures: positions,
    };
  };

  const momentOf = (carried: Named<Tensor>, { step, report, recall }: Standing, embeddings: Tensor): Moment => {
    const { loss, epoch: _epoch, step: _step, learningRate = plan.learningRate(1), imagesPerSecond = 0, ...parts } = report ?? {};
    return {
      step,
      epoch: step / plan.iterations,
      loss,
      parts: parts as Moment["parts"],
      imagesPerSecond: Number(imagesPerSecond),
      learningRate: Number(learningRate),
      probe: lookedAt(embeddings, 0, probe),
      unseen: lookedAt(embeddings, probe.length, sample),
      objective: {
        parameters: under("parameter.objective", carried),
        state: under("state.objective", carried),
        classes: pictures.classes.length,
      },
      ...(recall === undefined ? {} : { recall }),
    };
  };

  /** The racer as it stands, with what of it is wanted. */
  const snapped = async (wanted: (name: string) => boolean): Promise<E.Either<Fault, Snapped>> => {
    const standing = now;
    if (standing.from !== undefined) return E.right(standing.from);
    return pipe(
      () => standing.snapshot(wanted),
      TE.bindTo("carried"),
      TE.bind("embeddings", ({ carried }) => embeddedBy(carried)(all, [...probe, ...sample])),
      TE.map(({ carried, embeddings }) => ({ moment: momentOf(carried, standing, embeddings), carried, history: standing.history })),
    )();
  };

  return {
    choices,
    last,
    step: () => now.step,
    advance: async () => {
      const stepped = await next();
      return E.isRight(stepped) && stepped.right && isToEvaluate() ? next() : stepped;
    },
    look: () => snapped(isSeen),
    snap: () => snapped(() => true),
    embed: (source, indices) =>
      pipe(
        () => now.snapshot(isSeen),
        TE.chain((carried) => embeddedBy(carried)(source, indices)),
      ),
    checkpoint: pipe(
      () => now.snapshot(),
      TE.chain((carried) =>
        checkpointBytes(
          {
            run: "",
            settings: ofRun(settings),
            epoch: Math.floor(now.step / plan.iterations),
            step: now.step,
            history: now.history,
            engine: `${engine.info.name} (${engine.info.backend})`,
            seconds: 0,
            trained: { images: now.step * sources.batch, milliseconds: 0 },
            data: "",
            classes: pictures.classes,
          },
          carried,
          engine.info.roundOff < 1e-10 ? "F64" : "F32",
        ),
      ),
    ),
    sources,
    close: async () => {
      await stream.return();
      looker.close();
    },
  };
};

/** A racer at its beginning, evaluated, or where it was when it was snapped. Left: what of its choices cannot be. */
export const openRacer = <T>(engine: Engine<T>, choices: Choices, pictures: Gathered, from?: Snapped): TE.TaskEither<Fault, Racer> =>
  pipe(
    TE.fromTask<Resample, Fault>(vectorResample),
    TE.chainEitherK((resampled) => sourcesOf(choices, pictures, resampled)),
    TE.bindTo("sources"),
    TE.let("settings", ({ sources }) => settingsOf(choices, sources)),
    TE.bind("plan", ({ settings }) => TE.fromEither(planOf(engine, settings, pictures.classes.length))),
    TE.bind("looker", ({ plan }) => embedder(engine, { network: plan.network, head: () => (raw) => raw, images: plan.images })),
    TE.map(({ sources, settings, plan, looker }) => onEngine(engine, plan, choices, settings, pictures, sources, looker, from)),
    TE.chain((racer) => async () => {
      if (from !== undefined) return E.right(racer);
      const first = await racer.advance();
      if (E.isRight(first)) return E.right(racer);
      await racer.close();
      return first;
    }),
  );
