/**
 * Pictures whose neighbours disagree with their label. A label is held against those of its nearest neighbours, as in editing by nearest
 * neighbours (Wilson 1972), which count by the inverse of their distance (Shepard 1968), so that no unit and no bandwidth is chosen.
 */
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { type Neighbours, nearestNeighbours } from "./neighbours.js";
import { type Labels, matchesOf } from "./queries.js";

/** A row whose neighbours have other labels. */
export interface Suspect {
  readonly row: number;
  /** Share of its neighbours' weight that other labels have, 0 to 1. */
  readonly suspicion: number;
  /** The other label of the most weight. */
  readonly suggested: number | string;
  /** Its share of the weight. */
  readonly share: number;
  /** How many neighbours were asked. */
  readonly asked: number;
}

/** How suspects are looked for. */
export interface SuspectOptions {
  /** How many neighbours are asked at most; 10 unless given. */
  readonly neighbours?: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Euclidean distances of a row from others, in their order. */
export const distancesOf = ({ shape, data }: Tensor, row: number, others: ArrayLike<number>): readonly number[] => {
  const length = axisLength(shape, 1);
  return Array.from(others, (other) => {
    let square = 0;
    for (let k = 0; k < length; k++) square += (at(data, row * length + k) - at(data, other * length + k)) ** 2;
    return Math.sqrt(square);
  });
};

/** The nearest counts 1, one twice as far a half; those at distance 0 alone, where there are any. Distances rise. */
const weightsOf = (distances: readonly number[]): readonly number[] => {
  const [nearest = 0] = distances;
  return distances.map((distance) => (distance === nearest ? 1 : nearest / distance));
};

/** What one row's neighbours say; undefined where all have its label. */
const judged = (row: number, others: Int32Array, embeddings: Tensor, labels: Labels): Suspect | undefined => {
  const weights = weightsOf(distancesOf(embeddings, row, others));
  const byLabel = new Map<number | string, number>();
  weights.forEach((weight, place) => {
    const label = labels[at(others, place)] ?? "";
    byLabel.set(label, (byLabel.get(label) ?? 0) + weight);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const own = byLabel.get(labels[row] ?? "") ?? 0;
  byLabel.delete(labels[row] ?? "");
  const [best] = [...byLabel].sort(([, a], [, b]) => b - a);
  return best === undefined
    ? undefined
    : { row, suspicion: 1 - own / total, suggested: best[0], share: best[1] / total, asked: others.length };
};

const byNeighbours = (neighbours: Neighbours, embeddings: Tensor, labels: Labels, most: number): readonly Suspect[] =>
  matchesOf(labels).flatMap((matches, row) => {
    // A class with fewer others could not fill the places, and would look suspect for its size.
    const asked = Math.min(most, matches);
    const others = neighbours[row]?.subarray(0, asked) ?? new Int32Array(0);
    return asked === 0 ? [] : (judged(row, others, embeddings, labels) ?? []);
  });

/**
 * Rows of embeddings [N, D] some of whose nearest neighbours have another label, most suspicious first; of two as suspicious first the one
 * whose neighbours agree more on another label, then the lower row. As many neighbours are asked as others have its label, `neighbours`
 * at most. A label that nothing else has cannot be judged.
 *
 * @example
 * import { suspectsOf, unsafeTensor } from "mdr-ts";
 * const line = unsafeTensor([7, 1], [0, 1, 2, 1.5, 8, 9, 10]);
 * suspectsOf(line, ["cat", "cat", "cat", "dog", "dog", "dog", "dog"])[0]?.row; // => 3
 */
export const suspectsOf = (
  embeddings: Tensor,
  labels: Labels,
  { neighbours = 10, onProgress }: SuspectOptions = {},
): readonly Suspect[] => {
  const nearest = nearestNeighbours(embeddings, embeddings, { count: neighbours, same: true, onProgress });
  return byNeighbours(nearest, embeddings, labels, neighbours).toSorted(
    (a, b) => b.suspicion - a.suspicion || b.share - a.share || a.row - b.row,
  );
};
