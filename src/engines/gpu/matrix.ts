/** Products, transposition and distances of matrices, and sums along their differences. */
import { axisLength, showShape } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import { contract, product, termsOf, type Walk } from "./contraction.js";
import { pack } from "./packing.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, integer, kernelText, literal } from "./source.js";

/** [R, C] -> [C, R]: 8 bytes an entry. */
export const transpose = (trace: Tracer, x: GpuTensor): GpuTensor => {
  const [rows, columns] = [axisLength(x.shape, 0), axisLength(x.shape, 1)];
  return trace.launch(`transpose ${rows} ${columns}`, [columns, rows], [x], (dialect) =>
    kernelText(dialect, 1, `${coordinates(dialect, [columns, rows], ["c", "r"])} return a0[r * ${columns} + c];`),
  );
};

/**
 * [R, K] [K, C] -> [R, C], either transposed first. 2 K operations and 8 K bytes read a result (most from cache: the
 * threads of a row share a's numbers, neighbouring threads read b's side by side). Two pointers walk along, so that
 * the loop holds no index arithmetic.
 */
export const matmul = (
  trace: Tracer,
  a: GpuTensor,
  b: GpuTensor,
  transposed: { readonly a?: boolean; readonly b?: boolean } = {},
): GpuTensor => {
  const [aRows, aColumns] = [axisLength(a.shape, 0), axisLength(a.shape, 1)];
  const [bRows, bColumns] = [axisLength(b.shape, 0), axisLength(b.shape, 1)];
  const [rows, inner] = transposed.a ? [aColumns, aRows] : [aRows, aColumns];
  const [innerB, columns] = transposed.b ? [bColumns, bRows] : [bRows, bColumns];
  if (inner !== innerB) throw new RangeError(`cannot multiply ${showShape(a.shape)} and ${showShape(b.shape)}: ${inner} against ${innerB}`);
  if (inner === 0) return trace.constant({ shape: [rows, columns], data: new Float32Array(rows * columns) });
  const [stepA, stepB] = [transposed.a ? aColumns : 1, transposed.b ? 1 : bColumns];
  const [rowStep, columnStep] = [transposed.a ? 1 : aColumns, transposed.b ? bColumns : 1];
  return sumOver(trace, {
    key: `matmul ${rows} ${inner} ${columns} ${stepA} ${stepB}`,
    sizes: [rows, inner, columns],
    inputs: [a, b],
    steps: { row: rowStep, a: stepA, b: stepB, column: columnStep },
    term: product,
  });
};

/** How a sum over k of a0[row, k] op a1[k, column] lies in its two arrays. */
interface Sum {
  readonly key: string;
  /** rows, terms, columns */
  readonly sizes: readonly [number, number, number];
  readonly inputs: readonly [GpuTensor, GpuTensor];
  /** Distance of neighbouring rows and terms in a0, of neighbouring terms and columns in a1. */
  readonly steps: { readonly row: number; readonly a: number; readonly b: number; readonly column: number };
  readonly term: (a: string, b: string) => string;
}

const sumOver = (trace: Tracer, { key, sizes, inputs: [a, b], steps, term }: Sum): GpuTensor => {
  const [rows, inner, columns] = sizes;
  const walk = (length: number, row: number, stepA: number, stepB: number, column: number): Walk => ({
    p: `r * ${row}`,
    q: `col * ${column}`,
    loops: (accumulate, unroll) => termsOf("k", length, [stepA, stepB], accumulate, unroll),
    rowStep: row,
    columnStep: column,
  });
  const fours = inner / 4;
  return contract(trace, {
    key,
    rows: [rows],
    names: ["r"],
    columns,
    inputs: [a, b],
    before: "",
    walk: walk(inner, steps.row, steps.a, steps.b, steps.column),
    packed: Number.isInteger(fours)
      ? {
          along: "terms",
          inputs: () => [
            pack(trace, a, [rows, fours], [steps.row, 4 * steps.a], steps.a),
            pack(trace, b, [fours, columns], [4 * steps.b, steps.column], steps.b),
          ],
          walk: walk(fours, fours, 1, columns, 1),
        }
      : undefined,
    term,
  });
};

/**
 * [N, D] -> [N, N] of squared distances, as sums of squared differences: never negative, exactly 0 on the diagonal without a
 * shift, and without the cancellation of |a|^2 + |b|^2 - 2ab. 3 D operations and 8 D bytes (cached) a result.
 */
export const squaredDistances = (trace: Tracer, x: GpuTensor, shift = 0): GpuTensor => {
  const [count, size] = [axisLength(x.shape, 0), axisLength(x.shape, 1)];
  const difference = (a: string, b: string): string => (shift === 0 ? `(${a} - ${b})` : `(${a} - ${b} + ${literal(shift)})`);
  return sumOver(trace, {
    key: `squaredDistances ${count} ${size} ${shift}`,
    sizes: [count, size, count],
    inputs: [x, transpose(trace, x)],
    steps: { row: size, a: 1, b: count, column: 1 },
    term: (a, b) => `${difference(a, b)} * ${difference(a, b)}`,
  });
};

/** Weights [N, N], x [N, D] -> rows of sums of w_ij (x_i - x_j): 3 N operations and 8 N bytes (cached) a result. */
export const alongDifferences = (trace: Tracer, weights: GpuTensor, x: GpuTensor): GpuTensor => {
  const [count, size] = [axisLength(x.shape, 0), axisLength(x.shape, 1)];
  return trace.launch(`alongDifferences ${count} ${size}`, [count, size], [weights, x], (dialect) =>
    kernelText(
      dialect,
      2,
      `${coordinates(dialect, [count, size], ["r", "c"])} ${integer(dialect, "p", `r * ${count}`)} ${integer(dialect, "q", "c")} ` +
        `const own = a1[i]; let s = 0.0; ` +
        `for (let k = 0; k < ${count}; k++) { s = s + a0[p] * (own - a1[q]); p = p + 1; q = q + ${size}; } return s;`,
    ),
  );
};

export const matrix = (trace: Tracer): Pick<Primitives<GpuTensor>, "transpose" | "matmul" | "squaredDistances" | "alongDifferences"> => ({
  transpose: (x) => transpose(trace, x),
  matmul: (a, b, transposed) => matmul(trace, a, b, transposed),
  squaredDistances: (x, shift) => squaredDistances(trace, x, shift),
  alongDifferences: (weights, x) => alongDifferences(trace, weights, x),
});
