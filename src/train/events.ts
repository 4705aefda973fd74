/** What a training run tells as it goes: the events of its stream, and the sum of them. It knows no file and no screen. */
import type * as E from "fp-ts/lib/Either.js";
import type { DistanceHistogram } from "../evaluate/index.js";
import type { Fault } from "../faults/index.js";
import type { Named, Tensor } from "../tensor/index.js";
import type { Observed } from "./observe.js";
import type { SeenScores } from "./seen.js";

/** Metrics by their names, as shares from 0 to 1. */
export type Scores = Readonly<Record<string, number>>;

/**
 * Everything a run carries from step to step, read from the engine, or what of it is wanted by its name; good until the stream is asked for
 * its next event.
 */
export type Snapshot = (wanted?: (name: string) => boolean) => Promise<E.Either<Fault, Named<Tensor>>>;

/** A set of embeddings with the class of each. */
export interface Embedded {
  readonly embeddings: Tensor;
  readonly labels: readonly number[];
}

/** What the scores of an epoch were made of. */
export interface Evaluation {
  readonly queries: Embedded;
  readonly gallery: Embedded | undefined;
}

/** What a step tells. */
export type StepReport = Observed & {
  readonly epoch: number;
  /** 1 is the first. */
  readonly step: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
};

/** An epoch's scores. */
export interface EpochReport {
  /** 0 is before training. */
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  /** On classes never seen in training. */
  readonly scores: Scores;
  /** Of training pictures. */
  readonly histogram: DistanceHistogram;
  /** On classes that train, where that is asked for. */
  readonly trained?: SeenScores;
  /** The objective's own parameters, such as the levels, by their last name. */
  readonly learned: Named<readonly number[]>;
}

/** What a run tells. */
export type RunEvent =
  /** One step, or the several of one plan. */
  | { readonly kind: "steps"; readonly reports: readonly StepReport[]; readonly snapshot: Snapshot }
  /** An epoch ended and was evaluated; `history` holds its scores last. A checkpoint is due, `best` if it is the best so far. */
  | {
      readonly kind: "epoch";
      readonly report: EpochReport;
      readonly evaluation: Evaluation;
      readonly history: readonly Scores[];
      readonly best: boolean;
      readonly snapshot: Snapshot;
    }
  /** The end of a run that went wrong after `step` steps; the snapshot is of the state before, where there was one. */
  | { readonly kind: "fault"; readonly fault: Fault; readonly step: number; readonly snapshot?: Snapshot };

/** Epoch of the highest Recall@1, the first of several. */
export const bestEpochOf = (history: readonly Scores[]): number =>
  history.reduce((best, scores, epoch) => ((scores["recall@1"] ?? 0) > (history[best]?.["recall@1"] ?? 0) ? epoch : best), 0);

/** What a run came to. */
export interface RunResult {
  readonly before: Scores;
  /** After the last epoch. */
  readonly final: Scores;
  /** Of the epoch with the highest Recall@1 ON THE TEST CLASSES: how the paper reports, and optimistic for that reason. */
  readonly best: Scores;
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Training steps only, evaluation apart. */
  readonly imagesPerSecond: number;
}
