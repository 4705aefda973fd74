/** Scores as people read them: what they are shares of, and what retrieves without having learned anything. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type BaselineScores, baselineScores, baselineTitles } from "../baselines/index.js";
import type { OpenedEngine } from "../engines/index.js";
import { collapsed, type Found, remarksOn, type Spread, spreadOf } from "../evaluate/index.js";
import { type Fault, failed } from "../faults/index.js";
import {
  type Checkpoint,
  evaluateWith,
  type JudgedEmbeddings,
  type Settings,
  scoreWith,
  shownRanks,
  untrainedFirst,
} from "../runs/index.js";
import type { Unseen } from "../store/index.js";
import type { Embedded, Scores } from "../train/index.js";
import { inFlags } from "./finish.js";
import { percent, table } from "./output.js";
import { barOf, embedWith, type Speech } from "./session.js";

export type Pictures = Pick<Unseen, "query" | "gallery">;

/** What a trained network is held against. */
export type Beside = BaselineScores & { readonly untrained: Scores };

const titles = { untrained: "untrained", ...baselineTitles };

/** What a reader of the scores should know, a line each. */
export const remarksIn = (settings: Pick<Settings, "lone" | "recall">, { query, gallery }: Pictures): readonly string[] =>
  remarksOn(query.labels, shownRanks(settings), { gallery: gallery?.labels, lone: settings.lone }).map((remark) => inFlags(failed(remark)));

export interface NetworkScores {
  readonly scores: Scores;
  readonly remarks: readonly string[];
  readonly found: Found;
  /** What was scored. */
  readonly judged: JudgedEmbeddings;
  /** Of the queries' embeddings. */
  readonly spread: () => Spread;
}

/** Work that compares, with its bar. */
const comparing = <A>(
  name: string,
  speech: Speech,
  work: (onProgress: (done: number, total: number) => void) => TE.TaskEither<Fault, A>,
): TE.TaskEither<Fault, A> => {
  const bar = barOf(name, speech);
  return async () => {
    const result = await work(bar.update)();
    bar.stop();
    return result;
  };
};

/** A checkpoint's network scored on these pictures. */
export const scoreNetwork = (
  engine: OpenedEngine,
  checkpoint: Checkpoint,
  path: string,
  settings: Settings,
  { query, gallery }: Pictures,
  speech: Speech,
): TE.TaskEither<Fault, NetworkScores> => {
  const embedded = (source: Pictures["query"]): TE.TaskEither<Fault, Embedded> =>
    pipe(
      embedWith(engine, checkpoint, path, source, speech),
      TE.map((embeddings) => ({ embeddings, labels: source.labels })),
    );
  return pipe(
    TE.Do,
    TE.bind("queries", () => embedded(query)),
    TE.bind("others", () => (gallery === undefined ? TE.right(undefined) : embedded(gallery))),
    TE.bind("evaluated", ({ queries, others }) =>
      comparing("evaluating", speech, (onProgress) => evaluateWith(settings, onProgress)(queries, others)),
    ),
    TE.map(({ queries, others, evaluated: { scores, found } }) => ({
      scores,
      found,
      judged: { queries, gallery: others },
      remarks: collapsed(queries.embeddings) ? ["all embeddings are one point: neighbours are those that come first"] : [],
      spread: () => spreadOf(queries.embeddings, queries.labels),
    })),
  );
};

/** The network that the checkpoint's settings begin with: random values of its seed, or a file of weights. */
export const untrainedOf = (checkpoint: Checkpoint): E.Either<Fault, Checkpoint> =>
  pipe(
    untrainedFirst(checkpoint.record.settings),
    E.map((tensors) => ({ ...checkpoint, tensors })),
  );

/** The baselines beside the scores of the untrained network. */
export const scoredBeside = (settings: Settings, pictures: Pictures, before: Scores, speech: Speech): TE.TaskEither<Fault, Beside> =>
  pipe(
    comparing("baselines", speech, (onProgress) =>
      baselineScores(pictures, scoreWith(settings, onProgress), { ranks: shownRanks(settings), lone: settings.lone }),
    ),
    TE.map((baselines) => ({ untrained: before, ...baselines })),
  );

/** What there is beside the network, in the order of its titles. */
const comparedIn = (beside: Beside): readonly (keyof typeof titles)[] =>
  (Object.keys(titles) as (keyof typeof titles)[]).filter((name) => beside[name] !== undefined);

/** A row a score: the network's, and the baselines' beside it where they are known. */
export const scoresTable = (scores: Scores, beside?: Beside): string => {
  const columns = beside === undefined ? [] : comparedIn(beside);
  return table([
    ...(beside === undefined ? [] : [["", "trained", ...columns.map((name) => titles[name])]]),
    ...Object.entries(scores).map(([name, share]) => [name, percent(share), ...columns.map((column) => percent(beside?.[column]?.[name]))]),
  ]);
};

/** A line where something that has not learned retrieves better at rank 1, the best of them first. */
export const outdone = (scores: Scores, beside: Beside): string | undefined => {
  const own = scores["recall@1"] ?? 0;
  const better = comparedIn(beside)
    .map((name) => ({ title: titles[name], share: beside[name]?.["recall@1"] ?? 0 }))
    .filter(({ share }) => share > own)
    .sort((a, b) => b.share - a.share);
  if (better.length === 0) return undefined;
  const listed = better.map(({ title, share }) => `${title} ${percent(share)}`).join(", ");
  return `better than the trained network, Recall@1 ${percent(own)}, without having learned: ${listed}`;
};
