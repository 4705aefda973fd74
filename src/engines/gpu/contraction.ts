/**
 * The shape that every hot kernel shares: out[row, column] = sum of a0[p] op a1[q] while two pointers walk, p starting
 * where the row says and q where the column says. It is written three ways, by what the backend does best
 * (docs/gpujs-notes.md has the figures):
 * - `lanes` (webasm): the four threads of a SIMD vector are four columns of one row, and each works out all four sums
 *   from numbers that do not depend on its lane. GPU.js computes such numbers once for the vector, without gathers;
 * - `quads` (WebGL): four rows a thread returned as one vector, so that a1[q] is fetched once for four products, then
 *   taken apart by a second kernel. Where it can, the inputs are packed into vectors beforehand (`packing.ts`), so that
 *   one fetch brings four numbers;
 * - `cells`: one result a thread.
 */
import { type Shape, sizeOf } from "../../tensor/index.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, type Dialect, integer, kernelText } from "./source.js";

/** Statements that add the term at two places, the `k`th of its turn: it may declare names with that number. */
export type Accumulate = (p: string, q: string, k: number) => string;

/**
 * The innermost loop: `length` terms, p and q going on by these steps. As many a turn as divide the length, up to `unroll`; they are added
 * one after the other, so that no sum depends on it.
 */
export const termsOf = (
  index: string,
  length: number,
  [stepP, stepQ]: readonly [number, number],
  accumulate: Accumulate,
  unroll: number,
): string => {
  const turn = [4, 3, 2].find((terms) => terms <= unroll && length % terms === 0) ?? 1;
  const places = Array.from({ length: turn }, (_, k) => (k === 0 ? ["p", "q"] : [`p + ${k * stepP}`, `q + ${k * stepQ}`]));
  const terms = places.map(([p = "", q = ""], k) => accumulate(p, q, k));
  return `for (let ${index} = 0; ${index} < ${length / turn}; ${index}++) { ${terms.join(" ")} p = p + ${turn * stepP}; q = q + ${turn * stepQ}; }`;
};

/** The way of the two pointers. */
export interface Walk {
  /** Where they begin: expressions of the row's names and `col`. */
  readonly p: string;
  readonly q: string;
  /** The loops around one accumulation, of which the innermost takes up to `unroll` terms a turn. */
  readonly loops: (accumulate: Accumulate, unroll: number) => string;
  /** How far p is from one row to the next along the last row axis; 0 where that is not constant. */
  readonly rowStep: number;
  /** How far q is from one column to the next. */
  readonly columnStep: number;
}

/** The same contraction over vectors of four numbers: four terms of a sum in both inputs, or four rows of a0. */
export interface Packed {
  readonly along: "terms" | "rows";
  readonly inputs: () => readonly [GpuTensor, GpuTensor];
  readonly walk: Walk;
}

export interface Contraction {
  /** Names the text: everything it depends on. */
  readonly key: string;
  /** Lengths and names of the row's axes; the result is [...rows, columns]. */
  readonly rows: Shape;
  readonly names: readonly string[];
  readonly columns: number;
  readonly inputs: readonly [GpuTensor, GpuTensor];
  /** Statements that the beginnings of p and q need. */
  readonly before: string;
  readonly walk: Walk;
  /** Absent where the lengths do not divide by four. */
  readonly packed: Packed | undefined;
  /** One term from the two numbers. */
  readonly term: (a: string, b: string) => string;
}

/** The usual term of a contraction. */
export const product = (a: string, b: string): string => `${a} * ${b}`;

const four = [0, 1, 2, 3] as const;
const sums = four.map((lane) => `let s${lane} = 0.0;`).join(" ");

/** `let s`, the one of four sums that `lane` says. */
const chosen = (lane: string, [first, second, third, fourth]: readonly [string, string, string, string]): string =>
  `let s = ${first}; if (${lane} > 0) { s = ${second}; } if (${lane} > 1) { s = ${third}; } if (${lane} > 2) { s = ${fourth}; }`;

/** Fewest rows and columns for which packing pays: it reads both inputs once more. */
const worthPacking = 16;

const begin = (dialect: Dialect, { before, walk }: Pick<Contraction, "before" | "walk">): string =>
  `${before} ${integer(dialect, "p", walk.p)} ${integer(dialect, "q", walk.q)}`;

/** The term of what was read, or the sum of four where four were. */
const termOf = ({ term }: Contraction, packed: boolean): ((a: string, b: string) => string) =>
  packed ? (a, b) => four.map((k) => term(`${a}[${k}]`, `${b}[${k}]`)).join(" + ") : term;

const single = (dialect: Dialect, contraction: Contraction, packed = false): string => {
  const term = termOf(contraction, packed);
  const accumulate: Accumulate = (p, q, k) => `const v${k} = a1[${q}]; const u${k} = a0[${p}]; s = s + ${term(`u${k}`, `v${k}`)};`;
  return `${begin(dialect, contraction)} let s = 0.0; ${contraction.walk.loops(accumulate, dialect.unroll)} return s;`;
};

/** Four columns of one row, one of them the result. */
const lanes = (dialect: Dialect, contraction: Contraction): string => {
  const { rows, names, columns, walk, term } = contraction;
  const reads = four.map((k) => `const b${k} = a1[q + ${k * walk.columnStep}]; s${k} = s${k} + ${term("a", `b${k}`)};`);
  return (
    `function (a0, a1) { const lane = this.thread.x; const quad = this.thread.y; ` +
    `${coordinates(dialect, [...rows, columns / 4], [...names, "side"], "quad")} const col = side * 4; ` +
    `${begin(dialect, contraction)} ${sums} ${walk.loops(() => `const a = a0[p]; ${reads.join(" ")}`, 1)} ` +
    `${chosen("lane", ["s0", "s1", "s2", "s3"])} return s; }`
  );
};

/** Four rows of one column, as a vector. */
const quad = (dialect: Dialect, contraction: Contraction, along?: Packed["along"]): string => {
  const term = termOf(contraction, along === "terms");
  const { rowStep } = contraction.walk;
  const steps = four.map((row) =>
    along === "rows"
      ? `s${row} = s${row} + ${term(`a[${row}]`, "b")};`
      : `const x${row} = a0[p + ${row * rowStep}]; s${row} = s${row} + ${term(`x${row}`, "b")};`,
  );
  const read = along === "rows" ? "const a = a0[p];" : "";
  return `${begin(dialect, contraction)} ${sums} ${contraction.walk.loops(() => `const b = a1[q]; ${read} ${steps.join(" ")}`, 1)} return [s0, s1, s2, s3];`;
};

/** Vectors [rows / 4, columns] of four rows each -> [rows, columns]: entry i is lane (row mod 4) of vector (row div 4, column). */
const unpack = (trace: Tracer, vectors: GpuTensor, count: number, columns: number, shape: Shape): GpuTensor =>
  trace.launch(`unpack ${columns} ${count}`, shape, [vectors], (dialect) =>
    kernelText(
      dialect,
      1,
      `${coordinates(dialect, [count / 4, 4, columns], ["four", "lane", "col"])} const v = a0[four * ${columns} + col]; ` +
        `${chosen("lane", ["v[0]", "v[1]", "v[2]", "v[3]"])} return s;`,
    ),
  );

const inQuads = (trace: Tracer, given: Contraction): GpuTensor => {
  const { dialect } = trace;
  const { key, rows, names, columns, packed } = given;
  const shape = [...rows, columns];
  const count = sizeOf(rows);
  const last = rows.at(-1) ?? 1;
  const packs = packed !== undefined && count >= worthPacking && columns >= worthPacking;
  const contraction: Contraction = packs ? { ...given, inputs: packed.inputs(), walk: packed.walk } : given;
  const along = packs ? packed.along : undefined;
  if (last % 4 !== 0 || contraction.walk.rowStep === 0) {
    return trace.launch(`${key} ${along}`, shape, contraction.inputs, () =>
      kernelText(dialect, 2, `${coordinates(dialect, shape, [...names, "col"])} ${single(dialect, contraction, packs)}`),
    );
  }
  const groups = [...rows.slice(0, -1), last / 4];
  const place = names.at(-1) ?? "";
  const vectors = trace.launch(`${key} quads ${along}`, [...groups, columns], contraction.inputs, () =>
    kernelText(
      dialect,
      2,
      `${coordinates(dialect, [...groups, columns], [...names.slice(0, -1), "four", "col"])} const ${place} = four * 4; ${quad(dialect, contraction, along)}`,
    ),
  );
  return unpack(trace, vectors, count, columns, shape);
};

/** Result [...rows, columns]. */
export const contract = (trace: Tracer, contraction: Contraction): GpuTensor => {
  const { key, rows, names, columns, inputs } = contraction;
  const { dialect } = trace;
  const shape = [...rows, columns];
  if (dialect.tile === "quads") return inQuads(trace, contraction);
  if (dialect.tile === "lanes" && columns % 4 === 0) {
    return trace.launch(`${key} lanes`, shape, inputs, () => lanes(dialect, contraction), { columns: 4 });
  }
  return trace.launch(key, shape, inputs, () =>
    kernelText(dialect, 2, `${coordinates(dialect, shape, [...names, "col"])} ${single(dialect, contraction)}`),
  );
};
