/**
 * The shape that every hot kernel shares: out[row, column] = sum of a0[p] op a1[q] while two pointers walk, p starting
 * where the row says and q where the column says. It is written three ways, by what the backend does best
 * (docs/gpujs-notes.md has the figures):
 * - `rows` (webasm): threads in two dimensions, so that everything that depends on the row alone is one load for a
 *   SIMD vector of columns, not a gather;
 * - `quads` (WebGL): four rows a thread returned as one vector, so that a1[q] is fetched once for four products, then
 *   taken apart by a second kernel;
 * - `cells`: one result a thread.
 */
import { type Shape, sizeOf } from "../../tensor/index.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText } from "./source.js";

export interface Contraction {
  /** Names the text: everything it depends on. */
  readonly key: string;
  /** Lengths and names of the row's axes; the result is [...rows, columns]. */
  readonly rows: Shape;
  readonly names: readonly string[];
  readonly columns: number;
  readonly inputs: readonly [GpuTensor, GpuTensor];
  /** Statements that define `let p` and `let q` from the row's names and `col`. */
  readonly start: string;
  /** The loops around one accumulation. */
  readonly loops: (accumulate: string) => string;
  /** How far p moves from one row to the next along the last row axis; 0 where that is not constant. */
  readonly rowStep: number;
  /** One term from the two numbers. */
  readonly term: (a: string, b: string) => string;
}

/** The usual term of a contraction. */
export const product = (a: string, b: string): string => `${a} * ${b}`;

const sums = ["s0", "s1", "s2", "s3"] as const;

const single = ({ start, loops, term }: Contraction): string =>
  `${start} let s = 0.0; ${loops(`const b = a1[q]; const a = a0[p]; s = s + ${term("a", "b")};`)} return s;`;

const quad = ({ start, loops, term, rowStep }: Contraction): string => {
  const steps = sums.map((sum, lane) => `const x${lane} = a0[p + ${lane * rowStep}]; ${sum} = ${sum} + ${term(`x${lane}`, "b")};`);
  return (
    `${start} let s0 = 0.0; let s1 = 0.0; let s2 = 0.0; let s3 = 0.0; ` +
    `${loops(`const b = a1[q]; ${steps.join(" ")}`)} return [s0, s1, s2, s3];`
  );
};

/** Result [...rows, columns]. */
export const contract = (trace: Tracer, contraction: Contraction): GpuTensor => {
  const { key, rows, names, columns, inputs, rowStep } = contraction;
  const { dialect } = trace;
  const shape = [...rows, columns];
  const count = sizeOf(rows);
  const last = rows.at(-1) ?? 1;

  if (dialect.tile === "rows" && columns % 4 === 0 && count > 1) {
    return trace.launch(
      `${key} rows`,
      shape,
      inputs,
      () =>
        `function (a0, a1) { const col = this.thread.x; const row = this.thread.y; ${coordinates(dialect, rows, names, "row")} ${single(contraction)} }`,
      { columns },
    );
  }
  if (dialect.tile === "quads" && last % 4 === 0 && rowStep > 0) {
    const groups = [...rows.slice(0, -1), last / 4];
    const place = names.at(-1) ?? "";
    const vectors = trace.launch(`${key} quads`, [...groups, columns], inputs, () =>
      kernelText(
        dialect,
        2,
        `${coordinates(dialect, [...groups, columns], [...names.slice(0, -1), "four", "col"])} const ${place} = four * 4; ${quad(contraction)}`,
      ),
    );
    // Entry i of the result is lane (row mod 4) of vector (row div 4, column).
    return trace.launch(`unpack ${columns} ${count}`, shape, [vectors], () =>
      kernelText(
        dialect,
        1,
        `${coordinates(dialect, [count / 4, 4, columns], ["four", "lane", "col"])} const v = a0[four * ${columns} + col]; ` +
          "let s = v[0]; if (lane > 0) { s = v[1]; } if (lane > 1) { s = v[2]; } if (lane > 2) { s = v[3]; } return s;",
      ),
    );
  }
  return trace.launch(key, shape, inputs, () =>
    kernelText(dialect, 2, `${coordinates(dialect, shape, [...names, "col"])} ${single(contraction)}`),
  );
};
