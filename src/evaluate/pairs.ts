/** Distances of pairs of embeddings, told one after the other: none of them is kept. */
import { at, axisLength } from "../tensor/index.js";
import type { Rows } from "./frame.js";
import { type Labels, rowsByLabel } from "./queries.js";
import { block, inBlocks, squaredFrom } from "./squared.js";

export interface PairOptions {
  /** Where queries are paired with another set, and not with each other. */
  readonly gallery?: Rows | undefined;
  /** Told how many of the rows are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Labels as whole numbers: equal where the labels are. */
const numbered = (labels: Labels, numbers: Map<number | string, number>): Int32Array =>
  Int32Array.from(Array.from(labels), (label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });

/** Progress is told about so often. */
const told = 256;

/** Tells the distance of every pair of different labels: of rows i < j, or of each query and each row of the gallery. */
export const eachDifferent = (queries: Rows, { gallery, onProgress }: PairOptions, tell: (distance: number) => void): void => {
  const others = gallery ?? queries;
  const rows = queries.labels.length;
  const length = axisLength(queries.embeddings.shape, 1);
  const numbers = new Map<number | string, number>();
  const own = numbered(queries.labels, numbers);
  const theirs = numbered(others.labels, numbers);
  const asked = inBlocks(queries.embeddings.data, rows, length);
  const stored = gallery === undefined ? asked : Float64Array.from(others.embeddings.data);
  const squares = new Float64Array(block);
  for (let start = 0; start < rows; start += block) {
    const inBlock = Math.min(block, rows - start);
    for (let other = gallery === undefined ? start + 1 : 0; other < theirs.length; other++) {
      squaredFrom(asked, start, stored, other, length, squares);
      const label = at(theirs, other);
      const last = gallery === undefined ? Math.min(inBlock, other - start) : inBlock;
      for (let place = 0; place < last; place++) if (at(own, start + place) !== label) tell(Math.sqrt(at(squares, place)));
    }
    if (start % told === 0) onProgress?.(start, rows);
  }
  onProgress?.(rows, rows);
};

/** Tells the distance of every pair of one label. */
export const eachSame = (queries: Rows, { gallery }: PairOptions, tell: (distance: number) => void): void => {
  const others = gallery ?? queries;
  const length = axisLength(queries.embeddings.shape, 1);
  const [a, b] = [queries.embeddings.data, others.embeddings.data];
  const theirs = rowsByLabel(others.labels);
  for (const [label, rows] of rowsByLabel(queries.labels))
    for (const row of rows)
      for (const other of theirs.get(label) ?? []) {
        if (gallery === undefined && other <= row) continue;
        let square = 0;
        for (let k = 0; k < length; k++) square += (at(a, row * length + k) - at(b, other * length + k)) ** 2;
        tell(Math.sqrt(square));
      }
};

/** How many pairs are of one label, and how many of different ones. */
export const pairCounts = (labels: Labels, gallery?: Labels): { readonly same: number; readonly different: number } => {
  const theirs = rowsByLabel(gallery ?? labels);
  const sum = [...rowsByLabel(labels)].reduce(
    (pairs, [label, { length }]) =>
      pairs + (gallery === undefined ? (length * (length - 1)) / 2 : length * (theirs.get(label)?.length ?? 0)),
    0,
  );
  const all = gallery === undefined ? (labels.length * (labels.length - 1)) / 2 : labels.length * gallery.length;
  return { same: sum, different: all - sum };
};
