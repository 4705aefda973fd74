/** Products, transposition and distances of matrices. */
import { axisLength, showShape } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText } from "./source.js";

/** [R, C] -> [C, R]: 8 bytes an entry. */
export const transpose = (trace: Tracer, x: GpuTensor): GpuTensor => {
  const [rows, columns] = [axisLength(x.shape, 0), axisLength(x.shape, 1)];
  return trace.launch(`transpose ${rows} ${columns}`, [columns, rows], [x], (dialect) =>
    kernelText(1, `${coordinates(dialect, [columns, rows], ["c", "r"])} return a0[r * ${columns} + c];`),
  );
};

/**
 * [R, K] [K, C] -> [R, C], either transposed first. 2 K operations and 8 K bytes read a result (most from cache: the
 * threads of a row share a's numbers, neighbouring threads read b's side by side). Two integer pointers walk along,
 * so that the loop holds no index arithmetic; this doubled its speed on webasm.
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
  const startA = transposed.a ? "r * 1" : `r * ${aColumns}`;
  const startB = transposed.b ? `c * ${bColumns}` : "c * 1";
  const [stepA, stepB] = [transposed.a ? aColumns : 1, transposed.b ? 1 : bColumns];
  return trace.launch(`matmul ${rows} ${inner} ${columns} ${stepA} ${stepB}`, [rows, columns], [a, b], (dialect) =>
    kernelText(
      2,
      `${coordinates(dialect, [rows, columns], ["r", "c"])} let p = ${startA}; let q = ${startB}; let s = 0.0; ` +
        `for (let k = 0; k < ${inner}; k++) { s = s + a0[p] * a1[q]; p = p + ${stepA}; q = q + ${stepB}; } return s;`,
    ),
  );
};

/**
 * [N, D] -> [N, N] of squared distances, as sums of squared differences: never negative, exactly 0 on the diagonal,
 * and without the cancellation of |a|^2 + |b|^2 - 2ab. 3 D operations and 8 D bytes (cached) a result.
 */
export const squaredDistances = (trace: Tracer, x: GpuTensor): GpuTensor => {
  const [count, size] = [axisLength(x.shape, 0), axisLength(x.shape, 1)];
  const columns = transpose(trace, x);
  return trace.launch(`squaredDistances ${count} ${size}`, [count, count], [x, columns], (dialect) =>
    kernelText(
      2,
      `${coordinates(dialect, [count, count], ["r", "c"])} let p = r * ${size}; let q = c * 1; let s = 0.0; ` +
        `for (let k = 0; k < ${size}; k++) { const d = a0[p] - a1[q]; s = s + d * d; p = p + 1; q = q + ${count}; } return s;`,
    ),
  );
};

export const matrix = (trace: Tracer): Pick<Primitives<GpuTensor>, "transpose" | "matmul" | "squaredDistances"> => ({
  transpose: (x) => transpose(trace, x),
  matmul: (a, b, transposed) => matmul(trace, a, b, transposed),
  squaredDistances: (x) => squaredDistances(trace, x),
});
