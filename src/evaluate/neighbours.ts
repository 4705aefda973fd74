/** Exact nearest neighbours by Euclidean distance, in row blocks with a running top-k: no N x N matrix is ever held. */
import { at, axisLength, type Tensor } from "../tensor/index.js";

export interface NeighbourOptions {
  /** How many neighbours of each query. */
  readonly count: number;
  /** True where query i and gallery i are the same picture, which is then left out. */
  readonly same: boolean;
}

/** Gallery indices of each query's neighbours, nearest first; of two as near, the lower index first. */
export type Neighbours = readonly Int32Array[];

/** Inserts (distance, index) in the sorted lists of the `held` nearest so far; returns how many are held now. */
const insert = (distances: Float64Array, indices: Int32Array, held: number, distance: number, index: number): number => {
  const limit = distances.length;
  if (limit === 0 || (held === limit && distance >= at(distances, limit - 1))) return held;
  const last = held < limit ? held : limit - 1;
  let place = last;
  while (place > 0 && at(distances, place - 1) > distance) {
    distances[place] = at(distances, place - 1);
    indices[place] = at(indices, place - 1);
    place -= 1;
  }
  distances[place] = distance;
  indices[place] = index;
  return last + 1;
};

/** queries [Q, D], gallery [G, D] -> Q lists of at most `count` indices. Distances are summed differences in float64. */
export const nearestNeighbours = (queries: Tensor, gallery: Tensor, { count, same }: NeighbourOptions): Neighbours => {
  const length = axisLength(gallery.shape, 1);
  const rows = axisLength(gallery.shape, 0);
  const stored = Float64Array.from(gallery.data);
  const asked = Float64Array.from(queries.data);
  const limit = Math.max(0, Math.min(count, same ? rows - 1 : rows));
  return Array.from({ length: axisLength(queries.shape, 0) }, (_, query) => {
    const distances = new Float64Array(limit).fill(Number.POSITIVE_INFINITY);
    const indices = new Int32Array(limit);
    let held = 0;
    for (let row = 0; row < rows; row++) {
      if (same && row === query) continue;
      const bound = held === limit ? at(distances, limit - 1) : Number.POSITIVE_INFINITY;
      let sum = 0;
      for (let k = 0; k < length && sum <= bound; k++) {
        const difference = at(asked, query * length + k) - at(stored, row * length + k);
        sum += difference * difference;
      }
      held = insert(distances, indices, held, sum, row);
    }
    return indices.subarray(0, held);
  });
};
