/**
 * Retrieval metrics of one query's ranked neighbours, and their means over queries.
 * Recall@K: Jegou et al. 2011 as used since Oh Song et al. 2016. Precision@1, R-precision, MAP@R: Musgrave et al. 2020.
 */
import type { Neighbours } from "./neighbours.js";
import { type Labels, type LoneRule, labelCounts, matchesOf } from "./queries.js";

interface Ranked {
  /** Whether the neighbour at rank 1, 2, .. has the query's label. */
  readonly hits: readonly boolean[];
  /** How many of the gallery have it, the query itself left out. */
  readonly relevant: number;
}

/** 1 if one of the K nearest has the query's label, else 0. */
const recallAt =
  (k: number) =>
  ({ hits }: Ranked): number =>
    hits.slice(0, k).some((hit) => hit) ? 1 : 0;

const share = (hits: readonly boolean[], among: number): number => (among === 0 ? 0 : hits.filter((hit) => hit).length / among);

/** Share of the R nearest that have the query's label, R being how many exist. */
const rPrecision = ({ hits, relevant }: Ranked): number => share(hits.slice(0, relevant), relevant);

/** Mean over ranks i = 1 .. R of precision@i where rank i is a hit, 0 where it is not. */
const averagePrecisionAtR = ({ hits, relevant }: Ranked): number => {
  let [found, sum] = [0, 0];
  for (let rank = 1; rank <= Math.min(relevant, hits.length); rank++) {
    if (hits[rank - 1] !== true) continue;
    found += 1;
    sum += found / rank;
  }
  return relevant === 0 ? 0 : sum / relevant;
};

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

export interface RetrievalOptions {
  /** The K of Recall@K. */
  readonly ranks: readonly number[];
  readonly same: boolean;
  /** `skip` unless given. */
  readonly lone?: LoneRule | undefined;
}

/** How many neighbours the metrics look at: the largest K, and the R of the commonest label. */
export const neededNeighbours = (galleryLabels: Labels, ranks: readonly number[]): number =>
  Math.max(1, ...ranks, ...labelCounts(galleryLabels).values());

/**
 * `recall@K` for each K, `precision@1`, `r-precision` and `map@r`: shares, 0 to 1, means over the queries. A query whose
 * label nothing else in the gallery has cannot be answered: it is left out, or counts as 0 in each of them where `lone` is `miss`.
 */
export const retrievalMetrics = (
  neighbours: Neighbours,
  queryLabels: Labels,
  galleryLabels: Labels,
  { ranks, same, lone = "skip" }: RetrievalOptions,
): Readonly<Record<string, number>> => {
  const matches = matchesOf(queryLabels, same ? undefined : galleryLabels);
  const ranked = neighbours.flatMap((found, query): readonly Ranked[] => {
    const relevant = matches[query] ?? 0;
    if (relevant === 0 && lone === "skip") return [];
    return [{ hits: Array.from(found, (index) => galleryLabels[index] === queryLabels[query]), relevant }];
  });
  return {
    ...Object.fromEntries(ranks.map((k) => [`recall@${k}`, mean(ranked.map(recallAt(k)))])),
    "precision@1": mean(ranked.map(({ hits }) => (hits[0] === true ? 1 : 0))),
    "r-precision": mean(ranked.map(rPrecision)),
    "map@r": mean(ranked.map(averagePrecisionAtR)),
  };
};
