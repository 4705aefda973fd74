/** Retrieval metrics of ranked neighbours. */
import { foundAmong, type MetricOptions, metricsOf } from "./found.js";
import type { Neighbours } from "./neighbours.js";
import { type Labels, labelCounts } from "./queries.js";

/** Which metrics, and whether queries search themselves. */
export interface RetrievalOptions extends MetricOptions {
  readonly same: boolean;
}

/** How many neighbours the metrics look at: the largest K, and the R of the commonest label. */
export const neededNeighbours = (galleryLabels: Labels, ranks: readonly number[]): number =>
  [...labelCounts(galleryLabels).values(), ...ranks].reduce((most, count) => Math.max(most, count), 1);

/** The metrics of `metricsOf`, of lists of neighbours as long as `neededNeighbours` says. */
export const retrievalMetrics = (
  neighbours: Neighbours,
  queryLabels: Labels,
  galleryLabels: Labels,
  { same, ...options }: RetrievalOptions,
): Readonly<Record<string, number>> => metricsOf(foundAmong(neighbours, queryLabels, galleryLabels, same), options);
