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

/** The nearest found so far of one query: `held` entries, sorted by distance, then by index. */
interface Nearest {
  readonly distances: Float64Array;
  readonly indices: Int32Array;
  held: number;
}

const nothingYet = (limit: number): Nearest => ({
  distances: new Float64Array(limit).fill(Number.POSITIVE_INFINITY),
  indices: new Int32Array(limit),
  held: 0,
});

/** Puts (distance, index) in its place. Indices must come in rising order, so that ties fall to the lower one. */
const insert = (nearest: Nearest, distance: number, index: number): void => {
  const { distances, indices, held } = nearest;
  const limit = distances.length;
  if (limit === 0 || (held === limit && distance >= at(distances, limit - 1))) return;
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

/** Queries compared at once with a gallery row, which is then read once for the four of them. */
const block = 4;

/** Squared distances, each summed in the order of the components, of a block of queries from one gallery row. */
const fromRow = (queries: Float64Array, start: number, gallery: Float64Array, row: number, length: number, out: Float64Array): void => {
  const [a, b, c, d, g] = [start * length, (start + 1) * length, (start + 2) * length, (start + 3) * length, row * length];
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let k = 0; k < length; k++) {
    const value = at(gallery, g + k);
    const da = at(queries, a + k) - value;
    const db = at(queries, b + k) - value;
    const dc = at(queries, c + k) - value;
    const dd = at(queries, d + k) - value;
    sumA += da * da;
    sumB += db * db;
    sumC += dc * dc;
    sumD += dd * dd;
  }
  out[0] = sumA;
  out[1] = sumB;
  out[2] = sumC;
  out[3] = sumD;
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
export const nearestNeighbours = (queries: Tensor, gallery: Tensor, { count, same }: NeighbourOptions): Neighbours => {
  const length = axisLength(gallery.shape, 1);
  const rows = axisLength(gallery.shape, 0);
  const asking = axisLength(queries.shape, 0);
  if (axisLength(queries.shape, 1) !== length) {
    throw new Error(`nearestNeighbours: queries have ${axisLength(queries.shape, 1)} columns, the gallery ${length}: they must agree`);
  }
  const stored = Float64Array.from(gallery.data);
  // Filled up to whole blocks, with rows whose results nobody asks for.
  const asked = new Float64Array(Math.ceil(asking / block) * block * length);
  asked.set(Float64Array.from(queries.data));
  const limit = Math.max(0, Math.min(count, same ? rows - 1 : rows));
  const found = Array.from({ length: asking }, () => nothingYet(limit));
  const distances = new Float64Array(block);
  for (let start = 0; start < asking; start += block) {
    const lists = found.slice(start, start + block);
    for (let row = 0; row < rows; row++) {
      fromRow(asked, start, stored, row, length, distances);
      lists.forEach((nearest, inBlock) => {
        if (same && row === start + inBlock) return;
        const distance = at(distances, inBlock);
        insert(nearest, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance, row);
      });
    }
  }
  return found.map(({ indices, held }) => indices.subarray(0, held));
};
