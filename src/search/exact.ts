/** Exact nearest rows: every row is looked at, distances are summed in float64 in the order of components, as src/evaluate does. */

/** Rows compared at once: their sums do not wait for each other. */
const block = 4;

/** The squared distance of one of rows [N, D] from a point [D]. */
export const squaredOf = (aim: Float32Array, rows: Float32Array, row: number): number => {
  const width = aim.length;
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const difference = (aim[k] as number) - (rows[row * width + k] as number);
    sum += difference * difference;
  }
  return sum;
};

/** Squared distances of rows [N, D] from a point [D]. */
export const squaredFrom = (aim: Float32Array, rows: Float32Array, count: number): Float64Array => {
  const width = aim.length;
  const point = Float64Array.from(aim);
  const squared = new Float64Array(count);
  const whole = count - (count % block);
  for (let row = 0; row < whole; row += block) {
    const a = row * width;
    const [b, c, d] = [a + width, a + 2 * width, a + 3 * width];
    let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
    for (let k = 0; k < width; k++) {
      const value = point[k] as number;
      const da = value - (rows[a + k] as number);
      const db = value - (rows[b + k] as number);
      const dc = value - (rows[c + k] as number);
      const dd = value - (rows[d + k] as number);
      sumA += da * da;
      sumB += db * db;
      sumC += dc * dc;
      sumD += dd * dd;
    }
    squared[row] = sumA;
    squared[row + 1] = sumB;
    squared[row + 2] = sumC;
    squared[row + 3] = sumD;
  }
  for (let row = whole; row < count; row++) squared[row] = squaredOf(aim, rows, row);
  return squared;
};

/** The `limit` rows of the least values among those that count, least first; of two as small, the lower row. */
export const leastRows = (values: Float64Array | Float32Array, limit: number, counts: (row: number) => boolean): Int32Array => {
  // A heap with the row on top that would go first.
  const heap = new Int32Array(Math.min(limit, values.length));
  let held = 0;
  const isAfter = (a: number, b: number): boolean => {
    const [first, second] = [values[a] as number, values[b] as number];
    return first > second || (first === second && a > b);
  };
  const sink = (row: number): void => {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= held) break;
      if (child + 1 < held && isAfter(heap[child + 1] as number, heap[child] as number)) child += 1;
      if (!isAfter(heap[child] as number, row)) break;
      heap[place] = heap[child] as number;
      place = child;
    }
    heap[place] = row;
  };
  const rise = (row: number): void => {
    let place = held;
    held += 1;
    while (place > 0 && isAfter(row, heap[(place - 1) >> 1] as number)) {
      heap[place] = heap[(place - 1) >> 1] as number;
      place = (place - 1) >> 1;
    }
    heap[place] = row;
  };
  for (let row = 0; row < values.length && heap.length > 0; row++) {
    if (held === heap.length && !isAfter(heap[0] as number, row)) continue;
    if (!counts(row)) continue;
    if (held < heap.length) rise(row);
    else sink(row);
  }
  return heap.slice(0, held).sort((a, b) => (isAfter(a, b) ? 1 : -1));
};
