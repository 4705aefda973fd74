/**
 * WGSL of a tiled contraction: result[row, column] = sum over terms k of a(row, k) b(k, column). A workgroup makes one tile of the
 * result. It goes along the terms in steps of `depth`: all its threads fetch that part of both factors into workgroup memory, wait for each
 * other, and each adds the products of its own 4 rows and 4 columns. A number fetched once is so used by a whole row or column of
 * the tile, and a vector read from workgroup memory four times. Where a(row, k) lies in its array the caller says: a matrix, transposed or not, or the
 * patches of an image.
 */

/** Threads of a workgroup, each of which makes 4 x 4 numbers of the result, and terms a step. */
export interface Tile {
  readonly across: number;
  readonly down: number;
  readonly depth: number;
}

/**
 * For graphics cards 64 x 64 numbers a workgroup, in 8.5 KiB of workgroup memory: within what every WebGPU device promises (256 threads, 16
 * KiB). A program that stands in for a card keeps every thread's state in memory where they wait for each other: fewer of them, 32 x 16 numbers.
 */
export const tileFor = (software: boolean): Tile => (software ? { across: 8, down: 4, depth: 8 } : { across: 16, down: 16, depth: 16 });

/** Numbers of a row and of a column that one thread makes. */
const perThread = 4;

/** How a contraction finds its numbers. */
export interface Contraction {
  /** Members of `sizes` beyond rows, terms and columns. */
  readonly members: readonly string[];
  /** Statements that return a(row, k) as f32, `row` and `k` being u32 and within the sizes; the array is `a`. */
  readonly a: string;
  /** The same of b(k, column). */
  readonly b: string;
  /** Along which of its two axes neighbours lie side by side in the array: neighbouring threads fetch those. */
  readonly nearest: { readonly a: "row" | "term"; readonly b: "term" | "column" };
}

/** The members of `sizes` that every contraction has; `fold` is how many rows of tiles lie along y before z goes on. */
export const commonMembers = ["rows", "terms", "columns", "fold"] as const;

/**
 * Statements that fetch one step of a factor: for each term `along` vectors of four rows (or columns). Terms lie an odd number of vectors
 * apart, so that neighbours in either direction are in other banks of the memory.
 */
const fetching = (
  array: string,
  along: number,
  { across, down, depth }: Tile,
  termFirst: boolean,
  at: (four: number) => string,
): string => {
  const [term, place] = termFirst ? [`e % ${depth}u`, `e / ${depth}u`] : [`e / ${along}u`, `e % ${along}u`];
  const numbers = [0, 1, 2, 3].map(at).join(", ");
  const body = `let k = ${term}; let place = ${place}; ${array}[k * ${along + 1}u + place] = vec4<f32>(${numbers});`;
  // One vector a thread needs no loop, and what depends on the row alone can then be worked out once for all steps.
  return depth * along === across * down
    ? `{ let e = index; ${body} }`
    : `for (var e = index; e < ${depth * along}u; e += ${across * down}u) { ${body} }`;
};

/** The whole text. Beyond its sizes a factor is 0 on both sides, so that what lies there adds nothing, whatever it is. */
export const tiledShader = (tile: Tile, { members, a, b, nearest }: Contraction): string => {
  const { across, down, depth } = tile;
  const rows = [0, 1, 2, 3];
  return `struct Sizes { ${[...commonMembers, ...members].map((name) => `${name} : u32`).join(", ")} }
@group(0) @binding(0) var<uniform> sizes : Sizes;
@group(0) @binding(1) var<storage, read> a : array<f32>;
@group(0) @binding(2) var<storage, read> b : array<f32>;
@group(0) @binding(3) var<storage, read_write> result : array<f32>;

var<workgroup> tileA : array<vec4<f32>, ${depth * (down + 1)}>;
var<workgroup> tileB : array<vec4<f32>, ${depth * (across + 1)}>;

fn a_at(row : u32, k : u32) -> f32 {
  if (row >= sizes.rows || k >= sizes.terms) { return 0.0; }
  ${a}
}

fn b_at(k : u32, column : u32) -> f32 {
  if (k >= sizes.terms || column >= sizes.columns) { return 0.0; }
  ${b}
}

fn keep(row : u32, column : u32, sums : vec4<f32>) {
  if (row >= sizes.rows) { return; }
  let at = row * sizes.columns + column;
  ${rows.map((j) => `if (column + ${j}u < sizes.columns) { result[at + ${j}u] = sums[${j}]; }`).join("\n  ")}
}

@compute @workgroup_size(${across}, ${down})
fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(local_invocation_id) own : vec3<u32>,
  @builtin(local_invocation_index) index : u32,
) {
  let top = (group.y + group.z * sizes.fold) * ${perThread * down}u;
  let left = group.x * ${perThread * across}u;
  ${rows.map((row) => `var s${row} = vec4<f32>();`).join(" ")}
  for (var start = 0u; start < sizes.terms; start += ${depth}u) {
    ${fetching("tileA", down, tile, nearest.a === "term", (four) => `a_at(top + place * ${perThread}u + ${four}u, start + k)`)}
    ${fetching("tileB", across, tile, nearest.b === "term", (four) => `b_at(start + k, left + place * ${perThread}u + ${four}u)`)}
    workgroupBarrier();
    for (var k = 0u; k < ${depth}u; k++) {
      let x = tileA[k * ${down + 1}u + own.y];
      let y = tileB[k * ${across + 1}u + own.x];
      ${rows.map((row) => `s${row} += x[${row}] * y;`).join(" ")}
    }
    workgroupBarrier();
  }
  let row = top + own.y * ${perThread}u;
  let column = left + own.x * ${perThread}u;
  ${rows.map((row) => `keep(row + ${row}u, column, s${row});`).join(" ")}
}
`;
};

/** Workgroups along x, y and z, and the fold: no axis may have more than `most`, and there may be more rows of tiles than that. */
export const groupsOf = (
  { across, down }: Tile,
  rows: number,
  columns: number,
  most: number,
): { readonly groups: readonly [number, number, number]; readonly fold: number } => {
  const bands = Math.ceil(rows / (perThread * down));
  const fold = Math.max(1, Math.min(bands, most));
  return { groups: [Math.ceil(columns / (perThread * across)), Math.min(bands, fold), Math.ceil(bands / fold)], fold };
};
