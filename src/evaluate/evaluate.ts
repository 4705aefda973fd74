/** All retrieval metrics of a set of embeddings, each against every other; or of queries against a gallery of their own. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, shapeError } from "../faults/index.js";
import { at, axisLength, showShape, type Tensor } from "../tensor/index.js";
import { clusterScores } from "./clusters.js";
import { type CountingOptions, countedFound } from "./counting.js";
import { type Found, foundAmong, metricsOf } from "./found.js";
import { nearestNeighbours } from "./neighbours.js";
import { type Labels, type LoneRule, unanswerable } from "./queries.js";
import { neededNeighbours } from "./retrieval.js";

/** What is measured, and against what. */
export interface EvaluationOptions {
  /** The K of Recall@K; 1, 2, 4 and 8 unless given. */
  readonly ranks?: readonly number[];
  /** Where queries search another set (In-Shop): its embeddings and labels. */
  readonly gallery?: { readonly embeddings: Tensor; readonly labels: Labels } | undefined;
  /** What becomes of queries without a possible match: `skip` unless given. `queriesOf` counts them. */
  readonly lone?: LoneRule | undefined;
  /** Whether `nmi` and `ami` of k-means clusters are among the scores; not unless given. */
  readonly clusters?: boolean;
  /** Seed of the k-means. */
  readonly seed?: number;
}

const usualRanks = [1, 2, 4, 8];

/** A fault where some number of the embeddings [N, D] is none: nothing is near it. */
export const notFinite = ({ shape, data }: Tensor): Fault | undefined => {
  const width = axisLength(shape, 1);
  const bad = new Set<number>();
  for (let index = 0; index < data.length; index++) if (!Number.isFinite(at(data, index))) bad.add(Math.floor(index / width));
  const [first] = bad;
  return first === undefined
    ? undefined
    : failed(`${bad.size} of ${axisLength(shape, 0)} embeddings are not finite, row ${first} the first`, {
        remedy: "a network that gives them has diverged: train it with a smaller {learningRate}",
      });
};

/** Whether all embeddings [N, D] are one point: their neighbours are then those that come first, whatever they show. */
export const collapsed = ({ shape, data }: Tensor): boolean => {
  const width = axisLength(shape, 1);
  for (let index = width; index < data.length; index++) if (at(data, index) !== at(data, index - width)) return false;
  return axisLength(shape, 0) > 1;
};

const misshapen = (whose: string, { shape }: Tensor, labels: Labels): Fault | undefined => {
  if (shape.length !== 2) return shapeError(`the ${whose} are ${showShape(shape)}: give rows of embeddings, [N x D]`);
  const rows = axisLength(shape, 0);
  return rows === labels.length
    ? undefined
    : shapeError(`the ${whose} are ${rows} embeddings with ${labels.length} labels: give each embedding one label`);
};

/** Why these cannot be scored; undefined where they can. */
export const unscorable = (
  embeddings: Tensor,
  labels: Labels,
  { gallery, ranks = [], lone }: EvaluationOptions = {},
): Fault | undefined => {
  const rank = ranks.find((k) => !Number.isInteger(k) || k < 1);
  return (
    misshapen("queries", embeddings, labels) ??
    (gallery === undefined ? undefined : misshapen("gallery", gallery.embeddings, gallery.labels)) ??
    (rank === undefined ? undefined : failed(`recall@${rank}: use a whole number, 1 or more`)) ??
    unanswerable(labels, { gallery: gallery?.labels, lone }) ??
    notFinite(embeddings) ??
    (gallery === undefined ? undefined : notFinite(gallery.embeddings))
  );
};

/** What an evaluation came to. */
export interface Evaluated {
  /** `recall@K` .., `precision@1`, `r-precision`, `map@r`; `nmi` and `ami` where they are asked for. Shares, 0 to 1; `ami` may be below. */
  readonly scores: Readonly<Record<string, number>>;
  /** What each query found, for `classScores`. */
  readonly found: Found;
}

const evaluatedFrom = (found: Found, embeddings: Tensor, labels: Labels, options: EvaluationOptions): Evaluated => {
  const { ranks = usualRanks, lone, clusters = false, seed = 0 } = options;
  return { found, scores: { ...metricsOf(found, { ranks, lone }), ...(clusters ? clusterScores(embeddings, labels, seed) : {}) } };
};

/** By plain loops, which are the specification of the vectors. */
const plainlyFound = (embeddings: Tensor, labels: Labels, { ranks = usualRanks, gallery }: EvaluationOptions): Found => {
  const among = gallery ?? { embeddings, labels };
  const same = gallery === undefined;
  const count = neededNeighbours(among.labels, ranks);
  return foundAmong(nearestNeighbours(embeddings, among.embeddings, { count, same }), labels, among.labels, same);
};

/**
 * embeddings [N, D], labels [N] -> scores by plain loops, on the caller's own thread. With a gallery the embeddings are its queries, and
 * `nmi` and `ami` are theirs, lone ones too. Throws what `unscorable` says: labels of another number than embeddings, embeddings that
 * are not finite, no query with a possible match. `remarksOn` says what such scores do not.
 *
 * @example
 * import { evaluateRetrieval, unsafeTensor } from "mdr-ts";
 * const line = unsafeTensor([4, 1], [0, 1, 8, 9]);
 * evaluateRetrieval(line, ["cat", "cat", "dog", "dog"], { ranks: [1] })["recall@1"]; // => 1
 * evaluateRetrieval(line, ["cat", "dog", "cat", "dog"], { ranks: [1, 3] })["recall@3"]; // => 1
 */
export const evaluateRetrieval = (
  embeddings: Tensor,
  labels: Labels,
  options: EvaluationOptions = {},
): Readonly<Record<string, number>> => {
  const refused = unscorable(embeddings, labels, options);
  if (refused !== undefined) throw new Error(`evaluateRetrieval: ${refused.message}`);
  return evaluatedFrom(plainlyFound(embeddings, labels, options), embeddings, labels, options).scores;
};

/** Numbers that plain loops subtract before threads have started. */
const worthThreads = 2 ** 25;

/**
 * The same scores, on vectors and threads where there are any: of 60,502 embeddings of 512 numbers in minutes and within a gigabyte. Left
 * is what `unscorable` says.
 *
 * @example
 * import { evaluated, unsafeTensor } from "mdr-ts";
 * const line = unsafeTensor([4, 1], [0, 1, 8, 9]);
 * const done = await evaluated(line, ["cat", "cat", "dog", "dog"], { ranks: [1] })();
 * done._tag === "Right" && done.right.scores["recall@1"]; // => 1
 */
export const evaluated =
  (
    embeddings: Tensor,
    labels: Labels,
    options: EvaluationOptions & Pick<CountingOptions, "onProgress"> = {},
  ): TE.TaskEither<Fault, Evaluated> =>
  async () => {
    const refused = unscorable(embeddings, labels, options);
    if (refused !== undefined) return E.left(refused);
    const { gallery, onProgress } = options;
    const work = labels.length * (gallery ?? { labels }).labels.length * axisLength(embeddings.shape, 1);
    const counted = work < worthThreads ? undefined : await countedFound({ embeddings, labels }, gallery, { onProgress });
    return E.right(evaluatedFrom(counted ?? plainlyFound(embeddings, labels, options), embeddings, labels, options));
  };
