/** Squared Euclidean distances of rows, four at once: each is summed in the order of its components, whichever rows stand beside it. */
import { at } from "../tensor/index.js";

/** Rows compared at once with another, which is then read once for the four of them; the sums wait for each other no longer. */
export const block = 4;

/** Rows of `length` numbers, filled up to whole blocks with rows of zeros, whose results nobody asks for. */
export const inBlocks = (data: ArrayLike<number>, rows: number, length: number): Float64Array => {
  const filled = new Float64Array(Math.ceil(rows / block) * block * length);
  filled.set(Float64Array.from(data));
  return filled;
};

/** Squared distances of rows `start` .. `start + 3` of `rows` from row `other` of `others`. */
export const squaredFrom = (
  rows: Float64Array,
  start: number,
  others: Float64Array,
  other: number,
  length: number,
  out: Float64Array,
): void => {
  const [a, b, c, d, g] = [start * length, (start + 1) * length, (start + 2) * length, (start + 3) * length, other * length];
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let k = 0; k < length; k++) {
    const value = at(others, g + k);
    const da = at(rows, a + k) - value;
    const db = at(rows, b + k) - value;
    const dc = at(rows, c + k) - value;
    const dd = at(rows, d + k) - value;
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
