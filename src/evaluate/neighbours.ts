/** Exact nearest neighbours by Euclidean distance, in row blocks with a running top-k: no N x N matrix is ever held. */
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { block, inBlocks, squaredFrom } from "./squared.js";

/** Which neighbours are looked for. */
export interface NeighbourOptions {
  /** How many neighbours of each query. */
  readonly count: number;
  /** True where query i and gallery i are the same picture, which is then left out. */
  readonly same: boolean;
  /** Told how many of the queries are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Gallery indices of each query's neighbours, nearest first; of two as near, the lower index first. */
export type Neighbours = readonly Int32Array[];

/** The nearest found so far of one query: `held` entries, sorted by distance, then by index. */
interface Nearest {
  readonly distances: Float64Array;
  readonly indices: Int32Array;
  held: number;
}

/** Puts (distance, index) in its place. Indices must come in rising order, so that ties fall to the lower one. */
const insert = (nearest: Nearest, distance: number, index: number): void => {
  const { distances, indices, held } = nearest;
  const limit = distances.length;
  let place = held < limit ? held : limit - 1;
  nearest.held = place + 1;
  while (place > 0 && at(distances, place - 1) > distance) {
    distances[place] = at(distances, place - 1);
    indices[place] = at(indices, place - 1);
    place -= 1;
  }
  distances[place] = distance;
  indices[place] = index;
};

/** Takes what is found of `asking` queries, and keeps the `limit` nearest of each: 1 or more. */
const keeper = (asking: number, limit: number) => {
  const found = Array.from(
    { length: asking },
    (): Nearest => ({ distances: new Float64Array(limit), indices: new Int32Array(limit), held: 0 }),
  );
  // The last distance of each full list; NaN, which nothing compares with, until it is full.
  const farthest = new Float64Array(asking).fill(Number.NaN);
  const offer = (query: number, distance: number, index: number): void => {
    if (distance >= at(farthest, query)) return;
    const nearest = found[query] as Nearest;
    insert(nearest, distance, index);
    if (nearest.held === limit) farthest[query] = at(nearest.distances, limit - 1);
  };
  return { offer, found: (): Neighbours => found.map(({ indices, held }) => indices.subarray(0, held)) };
};

/**
 * queries [Q, D], gallery [G, D] -> Q lists of at most `count` indices. Distances are summed differences in float64. An
 * embedding that is not a number is as far as can be from everything.
 *
 * @example
 * import { nearestNeighbours, unsafeTensor } from "mdr-ts";
 * const line = unsafeTensor([4, 1], [0, 1, 1.5, 9]);
 * nearestNeighbours(line, line, { count: 2, same: true }).map((found) => [...found]); // => [[1, 2], [2, 0], [1, 0], [2, 1]]
 */
export const nearestNeighbours = (queries: Tensor, gallery: Tensor, { count, same, onProgress }: NeighbourOptions): Neighbours => {
  const length = axisLength(gallery.shape, 1);
  const rows = axisLength(gallery.shape, 0);
  const asking = axisLength(queries.shape, 0);
  if (axisLength(queries.shape, 1) !== length) {
    throw new Error(`nearestNeighbours: queries have ${axisLength(queries.shape, 1)} columns, the gallery ${length}: they must agree`);
  }
  const limit = Math.min(count, same ? rows - 1 : rows);
  if (limit < 1) return Array.from({ length: asking }, () => new Int32Array(0));
  const stored = Float64Array.from(gallery.data);
  const asked = inBlocks(queries.data, asking, length);
  const { offer, found } = keeper(asking, limit);
  // Among themselves each two are compared once: their distance is the same from both sides, to the bit.
  const mutual = same && queries === gallery;
  const distances = new Float64Array(block);
  for (let start = 0; start < asking; start += block) {
    const inBlock = Math.min(block, asking - start);
    for (let row = mutual ? start + 1 : 0; row < rows; row++) {
      squaredFrom(asked, start, stored, row, length, distances);
      for (let place = 0; place < inBlock; place++) {
        const query = start + place;
        if (same && row === query) continue;
        if (mutual && row < query) break;
        const distance = at(distances, place);
        const told = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
        offer(query, told, row);
        if (mutual) offer(row, told, query);
      }
    }
    if (start % 256 === 0) onProgress?.(start, asking);
  }
  onProgress?.(asking, asking);
  return found();
};
