/**
 * Exact nearest rows of a large gallery, faster: distances in float32 on vectors (assembly/nearest.ts) pass over what their rounding
 * cannot bring near, and what is left is measured in float64 as src/search/exact.ts does. The same rows, and the same bits.
 */
import { readFileSync } from "node:fs";
import { leastRows, squaredOf } from "./exact.js";

/** From as many rows on: below, every row is measured in less than a millisecond. */
export const sieveFrom = 5000;

const pageBytes = 65_536;
/** What 32 bits can address. */
const mostPages = 65_536;

/** Half the distance from 1 to the next float32. */
const unit = 2 ** -24;
/** Between float32 and 0 lies no less. */
const least = 2 ** -149;

interface Squares {
  readonly squares: (aim: number, rows: number, count: number, width: number, into: number) => void;
}

export interface Sieve {
  /** [N, D], in the memory of the kernel where D is a multiple of 4. */
  readonly rows: Float32Array;
  /** The `limit` rows nearest to a point [D] among those that count, nearest first, the lower row first of two as near; and their squared distances. */
  readonly nearest: (
    aim: Float32Array,
    limit: number,
    counts: (row: number) => boolean,
  ) => { readonly rows: Int32Array; readonly squared: Float64Array };
}

/** In dist/, as built: beside this file, or where the sources are run. */
const address = (): URL =>
  import.meta.url.includes("/src/search/")
    ? new URL("../../dist/search/nearest.wasm", import.meta.url)
    : new URL("./nearest.wasm", import.meta.url);

/**
 * How far a sum of `width` squares in float32 may lie from the sum in float64, as a share of it: the terms of a lane, three additions
 * across and three roundings of a term, and as much again for what is of second order.
 */
const roundingOf = (width: number): number => 2 * (width / 4 + 6) * unit;

/** Over rows [N, D]. Undefined where it cannot be had: no binary, or more than 4 GiB. */
export const openSieve = (rows: Float32Array, width: number): Sieve | undefined => {
  const count = rows.length / width;
  const padded = 4 * Math.ceil(width / 4);
  const [aimAt, rowsAt] = [0, 4 * padded];
  const squaresAt = rowsAt + 4 * padded * count;
  const pages = Math.ceil((squaresAt + 4 * count) / pageBytes) + 1;
  if (pages > mostPages) return undefined;
  const instance = instanceOf(pages);
  if (instance === undefined) return undefined;
  const { memory, squares } = instance;
  const stored = new Float32Array(memory.buffer, rowsAt, padded * count);
  if (padded === width) stored.set(rows);
  else for (let row = 0; row < count; row++) stored.set(rows.subarray(row * width, (row + 1) * width), row * padded);
  const kept = padded === width ? stored : rows;
  const point = new Float32Array(memory.buffer, aimAt, padded);
  const rough = new Float32Array(memory.buffer, squaresAt, count);
  const rounding = roundingOf(padded);
  const below = padded * least;
  return {
    rows: kept,
    nearest: (aim, limit, counts) => {
      point.set(aim);
      squares(aimAt, rowsAt, count, padded, squaresAt);
      const first = leastRows(rough, limit, counts);
      const last = first.length < limit ? Number.POSITIVE_INFINITY : (rough[first[first.length - 1] ?? 0] as number);
      // No row among the nearest is farther than this, and none as near as that has a rough square above it.
      const farthest = last / (1 - rounding) + below;
      const bound = farthest * (1 + rounding) + below;
      const near: number[] = [];
      for (let row = 0; row < count; row++) if (!((rough[row] as number) > bound) && counts(row)) near.push(row);
      const measured = Float64Array.from(near, (row) => squaredOf(aim, kept, row));
      const found = leastRows(measured, limit, () => true);
      return { rows: found.map((place) => near[place] as number), squared: Float64Array.from(found, (place) => measured[place] as number) };
    },
  };
};

const instanceOf = (pages: number): (Squares & { readonly memory: WebAssembly.Memory }) | undefined => {
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(readFileSync(address()));
    const { exports } = new WebAssembly.Instance(module, { env: { memory, abort: () => {} } });
    return { memory, squares: exports.squares as Squares["squares"] };
  } catch {
    return undefined;
  }
};
