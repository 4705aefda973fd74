/** All retrieval metrics of a set of embeddings, each against every other; or of queries against a gallery of their own. */
import type { Tensor } from "../tensor/index.js";
import { clusteringNmi } from "./clusters.js";
import { nearestNeighbours } from "./neighbours.js";
import { type Labels, neededNeighbours, retrievalMetrics } from "./retrieval.js";

export interface EvaluationOptions {
  /** The K of Recall@K; 1, 2, 4 and 8 unless given. */
  readonly ranks?: readonly number[];
  /** Where queries search another set (In-Shop): its embeddings and labels. */
  readonly gallery?: { readonly embeddings: Tensor; readonly labels: Labels };
  /** False leaves `nmi` out: its k-means costs N * D * classes an iteration, hours where classes are ten thousand. */
  readonly nmi?: boolean;
  /** Seed of the k-means behind `nmi`. */
  readonly seed?: number;
}

/**
 * embeddings [N, D], labels [N] -> `recall@K` .., `precision@1`, `r-precision`, `map@r`, `nmi`: shares, 0 to 1. With a
 * gallery the embeddings are its queries, and `nmi` is theirs.
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
  const { ranks = [1, 2, 4, 8], gallery = { embeddings, labels }, nmi = true, seed = 0 } = options;
  const same = options.gallery === undefined;
  const neighbours = nearestNeighbours(embeddings, gallery.embeddings, { count: neededNeighbours(gallery.labels, ranks), same });
  return {
    ...retrievalMetrics(neighbours, labels, gallery.labels, { ranks, same }),
    ...(nmi ? { nmi: clusteringNmi(embeddings, labels, seed) } : {}),
  };
};
