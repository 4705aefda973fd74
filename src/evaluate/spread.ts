/** How far embeddings spread within their classes, and how far apart the classes are: after Roth et al. 2020, section 4. */
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { type Labels, rowsByLabel } from "./queries.js";
import { block, inBlocks, squaredFrom } from "./squared.js";

/** How far embeddings of one class, and classes, lie apart. */
export interface Spread {
  /** Mean over the classes of two embeddings or more of the mean distance of their pairs; 0 where there is no such class. */
  readonly intra: number;
  /** Mean distance of the class centres, over all pairs of classes; a centre is the mean of its class. 0 where there is one class. */
  readonly inter: number;
  /** intra / inter: small where classes are tight and far apart. 0 where there is one class. */
  readonly ratio: number;
}

/** Mean Euclidean distance of the pairs of rows; 0 of fewer than two. */
const meanDistance = (data: ArrayLike<number>, rows: number, length: number): number => {
  if (rows < 2) return 0;
  const stored = inBlocks(data, rows, length);
  const squares = new Float64Array(block);
  let sum = 0;
  for (let start = 0; start < rows; start += block)
    for (let other = start + 1; other < rows; other++) {
      squaredFrom(stored, start, stored, other, length, squares);
      for (let place = 0; place < Math.min(block, other - start); place++) sum += Math.sqrt(at(squares, place));
    }
  return sum / ((rows * (rows - 1)) / 2);
};

/**
 * embeddings [N, D], labels [N] -> distances in the embeddings' own unit.
 *
 * @example
 * import { spreadOf, unsafeTensor } from "mdr-ts";
 * spreadOf(unsafeTensor([4, 1], [0, 1, 8, 10]), ["cat", "cat", "dog", "dog"]); // => { "intra": 1.5, "inter": 8.5, "ratio": 0.17647058823529413 }
 */
export const spreadOf = ({ shape, data }: Tensor, labels: Labels): Spread => {
  const length = axisLength(shape, 1);
  const members = rowsByLabel(labels);
  const centres = new Float64Array(members.size * length);
  const within = [...members.values()].flatMap((rows, label) => {
    const own = new Float64Array(rows.length * length);
    rows.forEach((row, place) => {
      for (let k = 0; k < length; k++) {
        const value = at(data, row * length + k);
        own[place * length + k] = value;
        centres[label * length + k] = at(centres, label * length + k) + value / rows.length;
      }
    });
    return rows.length < 2 ? [] : [meanDistance(own, rows.length, length)];
  });
  const intra = within.length === 0 ? 0 : within.reduce((sum, distance) => sum + distance, 0) / within.length;
  const inter = meanDistance(centres, members.size, length);
  return { intra, inter, ratio: inter === 0 ? 0 : intra / inter };
};
