/** Rows that lie near each other, gathered around the first of them. */
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { block, inBlocks, squaredFrom } from "./squared.js";

/** A group: its first row, and what is near to that. */
export interface Gathered {
  readonly first: number;
  /** In the order of rows. */
  readonly others: readonly { readonly row: number; readonly distance: number }[];
}

/**
 * embeddings [N, D] -> groups of two or more: in the order of rows, each that is in no group yet takes to itself all later ones that are in
 * none and nearer than `under`. All of a group are near its first; no chain of neighbours joins what is far apart.
 *
 * @example
 * import { gatheredUnder, unsafeTensor } from "mdr-ts";
 * gatheredUnder(unsafeTensor([4, 1], [0, 0.9, 1.8, 9]), 1); // => [{ "first": 0, "others": [{ "row": 1, "distance": 0.9 }] }]
 */
export const gatheredUnder = (
  { shape, data }: Tensor,
  under: number,
  onProgress?: (done: number, total: number) => void,
): readonly Gathered[] => {
  const [rows, length] = [axisLength(shape, 0), axisLength(shape, 1)];
  const stored = inBlocks(data, rows, length);
  const taken = new Uint8Array(rows);
  const squares = new Float64Array(block);
  const groups: Gathered[] = [];
  for (let first = 0; first < rows; first++) {
    if (first % 256 === 0) onProgress?.(first, rows);
    if (at(taken, first) === 1) continue;
    const others: { readonly row: number; readonly distance: number }[] = [];
    for (let start = first + 1 - ((first + 1) % block); start < rows; start += block) {
      squaredFrom(stored, start, stored, first, length, squares);
      for (let row = Math.max(start, first + 1); row < Math.min(start + block, rows); row++) {
        const distance = Math.sqrt(at(squares, row - start));
        if (at(taken, row) === 1 || !(distance < under)) continue;
        taken[row] = 1;
        others.push({ row, distance });
      }
    }
    if (others.length > 0) groups.push({ first, others });
  }
  onProgress?.(rows, rows);
  return groups;
};
