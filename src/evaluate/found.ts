/**
 * What each query found of its matches, and the retrieval metrics as means of it.
 * Recall@K: Jegou et al. 2011 as used since Oh Song et al. 2016. Precision@1, R-precision, MAP@R: Musgrave et al. 2020.
 */
import { at } from "../tensor/index.js";
import type { Neighbours } from "./neighbours.js";
import { type Labels, type LoneRule, matchesOf, rowsByLabel } from "./queries.js";

/** One entry a query. R is how many matches it has: others of its label in the gallery. */
export interface Found {
  /** R; 0 makes it a lone query. */
  readonly matches: Float64Array;
  /** Rank of the nearest match, 1 being the nearest of all; 0 where none was found. */
  readonly nearest: Float64Array;
  /** How many of the R nearest are matches. */
  readonly hits: Float64Array;
  /** Sum over ranks i = 1 .. R of precision@i where rank i is a match, 0 where it is not. */
  readonly precisions: Float64Array;
}

/** What is found among lists of neighbours, nearest first. A match beyond the end of its list is not found. */
export const foundAmong = (neighbours: Neighbours, queries: Labels, gallery: Labels, same: boolean): Found => {
  const matches = matchesOf(queries, same ? undefined : gallery);
  const each = neighbours.map((indices, query) => {
    const relevant = matches[query] ?? 0;
    let [nearest, hits, precisions] = [0, 0, 0];
    for (let rank = 1; rank <= indices.length && (nearest === 0 || rank <= relevant); rank++) {
      if (gallery[at(indices, rank - 1)] !== queries[query]) continue;
      if (nearest === 0) nearest = rank;
      if (rank > relevant) break;
      hits += 1;
      precisions += hits / rank;
    }
    return { nearest, hits, precisions };
  });
  return {
    matches: Float64Array.from(matches),
    nearest: Float64Array.from(each, ({ nearest }) => nearest),
    hits: Float64Array.from(each, ({ hits }) => hits),
    precisions: Float64Array.from(each, ({ precisions }) => precisions),
  };
};

/** Which metrics. */
export interface MetricOptions {
  /** The K of Recall@K. */
  readonly ranks: readonly number[];
  /** `skip` unless given. */
  readonly lone?: LoneRule | undefined;
}

const share = (count: number, among: number): number => (among === 0 ? 0 : count / among);

const metricsAt = (found: Found, queries: readonly number[], { ranks, lone = "skip" }: MetricOptions): Readonly<Record<string, number>> => {
  const asked = lone === "miss" ? queries : queries.filter((query) => at(found.matches, query) > 0);
  const mean = (of: (query: number) => number): number =>
    share(
      asked.reduce((sum, query) => sum + of(query), 0),
      asked.length,
    );
  const recall = (k: number): number =>
    mean((query) => {
      const rank = at(found.nearest, query);
      return rank > 0 && rank <= k ? 1 : 0;
    });
  return {
    ...Object.fromEntries(ranks.map((k) => [`recall@${k}`, recall(k)])),
    "precision@1": recall(1),
    "r-precision": mean((query) => share(at(found.hits, query), at(found.matches, query))),
    "map@r": mean((query) => share(at(found.precisions, query), at(found.matches, query))),
  };
};

/**
 * `recall@K` for each K, `precision@1`, `r-precision` and `map@r`: shares, 0 to 1, means over the queries. A query whose
 * label nothing else in the gallery has cannot be answered: it is left out, or counts as 0 in each of them where `lone` is `miss`.
 */
export const metricsOf = (found: Found, options: MetricOptions): Readonly<Record<string, number>> =>
  metricsAt(
    found,
    Array.from(found.matches, (_, query) => query),
    options,
  );

/** The metrics of one class of queries. */
export interface ClassScores {
  readonly label: number | string;
  readonly queries: number;
  /** Means over the class's queries; 0 where it has none that is counted. */
  readonly scores: Readonly<Record<string, number>>;
}

/**
 * The same metrics class by class, in the order in which the labels first come.
 *
 * @example
 * import { classScores, foundAmong } from "mdr-ts";
 * const labels = ["cat", "cat", "dog"];
 * const found = foundAmong([Int32Array.of(1, 2), Int32Array.of(2, 0), Int32Array.of(1, 0)], labels, labels, true);
 * classScores(found, labels, { ranks: [1] })[0]?.scores["recall@1"]; // => 0.5
 */
export const classScores = (found: Found, labels: Labels, options: MetricOptions): readonly ClassScores[] =>
  Array.from(rowsByLabel(labels), ([label, queries]) => ({ label, queries: queries.length, scores: metricsAt(found, queries, options) }));
