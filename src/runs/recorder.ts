/**
 * A run's stream written into its folder: metrics.jsonl as it goes, a checkpoint an epoch, results at the end, with thresholds of its distances
 * and a card for people. Whoever watches sees each event after it is on the disk, and may ask for an end after any step.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Queries } from "../evaluate/index.js";
import { type Fault, interrupted } from "../faults/index.js";
import { batchOf, bestEpochOf, type RunEvent, type RunResult, recipeName, type Scores, type Snapshot } from "../train/index.js";
import type { Precision } from "../weights/index.js";
import { writeCard } from "./card.js";
import { saveCheckpoint } from "./checkpoint.js";
import { appendMetrics } from "./log.js";
import type { CheckpointName } from "./names.js";
import { type RunRecord, type RunResults, resultsOf } from "./record.js";
import { writeResults } from "./results.js";
import type { Settings } from "./settings.js";
import { addThresholds, type Calibrated, calibratedOn, type JudgedEmbeddings } from "./thresholds.js";

/** What a run is written down with. */
export interface Recording {
  readonly settings: Settings;
  /** What every record of the run repeats. */
  readonly about: Pick<RunRecord, "run" | "data" | "classes"> & Pick<RunResults, "leftOut" | "tested" | keyof Queries>;
  /** The engine in words, for the record. */
  readonly engine: string;
  /** Of the tensors: what the engine computes in. */
  readonly precision: Precision;
  /** What the run goes on from. */
  readonly begun: { readonly step: number; readonly history: readonly Scores[] } & Pick<RunRecord, "seconds" | "trained">;
  /** What the last evaluation was of. */
  readonly judged?: () => JudgedEmbeddings | undefined;
  /** Told how much of the comparing at the end is done. */
  readonly onComparing?: ((done: number, total: number) => void) | undefined;
  readonly onEvent?: (event: RunEvent) => void;
  /** Asked after every step, or after every plan of several: true saves and stops. */
  readonly stopped?: () => boolean;
}

const asMilliseconds = (images: number, perSecond: number): number => (perSecond > 0 ? (1000 * images) / perSecond : 0);

/** What an epoch was judged by. */
interface Evaluation extends Pick<Calibrated, "epoch" | "step"> {
  readonly judged: JudgedEmbeddings;
}

/** Thresholds of each epoch, once. Pictures of which there can be none, as those of a single class, have none. */
const calibratedAt = (
  evaluations: readonly (Evaluation | undefined)[],
  tested: string,
  onProgress: Recording["onComparing"],
): readonly Calibrated[] =>
  [...new Set(evaluations)].flatMap((evaluation) => {
    if (evaluation === undefined) return [];
    const { judged, ...at } = evaluation;
    const calibrated = calibratedOn(judged, { ...at, tested }, { onProgress });
    return E.isLeft(calibrated) ? [] : [calibrated.right];
  });

/** Reads the stream to its end, or to the end that is asked for. */
export const record =
  (
    events: AsyncGenerator<RunEvent, void>,
    { settings, about, engine, precision, begun, judged, onComparing, onEvent, stopped }: Recording,
  ): TE.TaskEither<Fault, RunResult> =>
  async () => {
    const { out, iterations, epochs } = settings;
    const { batch } = batchOf(settings);
    const started = Date.now();
    const seconds = (): number => begun.seconds + (Date.now() - started) / 1000;
    let { step: done, history } = begun;
    let ending = false;
    let { trained } = begun;
    let [last, best]: readonly (Evaluation | undefined)[] = [];

    const save = async (as: readonly CheckpointName[], snapshot: Snapshot): Promise<E.Either<Fault, string>> => {
      const tensors = await snapshot();
      if (E.isLeft(tensors)) return tensors;
      const epoch = Math.floor(done / iterations);
      const { run, data, classes } = about;
      const now: RunRecord = { run, epoch, step: done, seconds: seconds(), trained, engine, history, settings, data, classes };
      return saveCheckpoint(out, as, { record: now, tensors: tensors.right }, precision);
    };

    /** What an event means to the folder; left ends the run. */
    const written = async (event: RunEvent): Promise<E.Either<Fault, unknown>> => {
      switch (event.kind) {
        case "steps": {
          done = event.reports.at(-1)?.step ?? done;
          for (const report of event.reports) {
            const logged = appendMetrics(out, { event: "step", ...report });
            if (E.isLeft(logged)) return logged;
          }
          const images = batch * event.reports.length;
          const took = asMilliseconds(images, event.reports[0]?.imagesPerSecond ?? 0);
          trained = { images: trained.images + images, milliseconds: trained.milliseconds + took };
          return E.right(undefined);
        }
        case "epoch": {
          const { learned, ...report } = event.report;
          history = event.history;
          const seen = judged?.();
          last = seen === undefined ? undefined : { epoch: event.report.epoch, step: event.report.step, judged: seen };
          if (event.best) best = last;
          const logged = appendMetrics(out, { event: "epoch", ...report, ...learned });
          return E.isLeft(logged) ? logged : save(event.best ? ["last", "best"] : ["last"], event.snapshot);
        }
        case "fault": {
          if (event.snapshot === undefined) return E.left(event.fault);
          const saved = await save(["fault"], event.snapshot);
          const kept = E.isRight(saved) ? `the state before it is in ${out}/fault.json` : saved.left.message;
          return E.left(withNote(event.fault, kept));
        }
      }
    };

    for await (const event of events) {
      const result = await written(event);
      if (E.isLeft(result)) return result;
      onEvent?.(event);
      if (event.kind === "steps") ending = stopped?.() === true && done < epochs * iterations;
      if (!ending) continue;
      // At the end of an epoch its own event comes next, and saves.
      if (event.kind === "steps" && done % iterations === 0) continue;
      const saved = event.kind === "steps" ? await save(["last"], event.snapshot) : E.right("");
      return E.isLeft(saved) ? saved : E.left(interruptedAt(done, out));
    }
    const bestEpoch = bestEpochOf(history);
    const result: RunResult = {
      before: history[0] ?? {},
      final: history.at(-1) ?? {},
      best: history[bestEpoch] ?? {},
      bestEpoch,
      epochs,
      seconds: seconds(),
      imagesPerSecond: trained.milliseconds > 0 ? (1000 * trained.images) / trained.milliseconds : 0,
    };
    const results = resultsOf(about.run, recipeName(settings), settings, result, about);
    const calibrated = calibratedAt([last, best], about.tested, onComparing);
    const own = calibrated.find(({ epoch }) => epoch === epochs);
    return pipe(
      calibrated.length === 0 ? E.right([]) : addThresholds(out, about.run, calibrated),
      E.chain(() => writeCard(out, { settings, results, data: about.data, classes: about.classes, engine, calibrated: own })),
      E.chain(() => writeResults(out, results)),
      E.map(() => result),
    );
  };

const withNote = (fault: Fault, note: string): Fault => ({
  ...fault,
  what: `${fault.what}; ${note}`,
  message: `${fault.message}; ${note}`,
});

const interruptedAt = (step: number, out: string): Fault =>
  interrupted(`stopped after step ${step}; saved in ${out}: go on with \`mdr train {resume} ${out}\``);
