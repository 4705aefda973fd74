/** Products, transposition and distances of matrices. */
import { axisLength, showShape } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import { contract, product } from "./contraction.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText } from "./source.js";

/** [R, C] -> [C, R]: 8 bytes an entry. */
export const transpose = (trace: Tracer, x: GpuTensor): GpuTensor => {
  const [rows, columns] = [axisLength(x.shape, 0), axisLength(x.shape, 1)];
  return trace.launch(`transpose ${rows} ${columns}`, [columns, rows], [x], (dialect) =>
    kernelText(dialect, 1, `${coordinates(dialect, [columns, rows], ["c", "r"])} return a0[r * ${columns} + c];`),
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
  const [stepA, stepB] = [transposed.a ? aColumns : 1, transposed.b ? 1 : bColumns];
  const [rowStep, columnStep] = [transposed.a ? 1 : aColumns, transposed.b ? bColumns : 1];
  return contract(trace, {
    key: `matmul ${rows} ${inner} ${columns} ${stepA} ${stepB}`,
    rows: [rows],
    names: ["r"],
    columns,
    inputs: [a, b],
    start: `let p = r * ${rowStep}; let q = col * ${columnStep};`,
    loops: (accumulate) => `for (let k = 0; k < ${inner}; k++) { ${accumulate} p = p + ${stepA}; q = q + ${stepB}; }`,
    rowStep,
    term: product,
  });
};

/**
 * [N, D] -> [N, N] of squared distances, as sums of squared differences: never negative, exactly 0 on the diagonal,
 * and without the cancellation of |a|^2 + |b|^2 - 2ab. 3 D operations and 8 D bytes (cached) a result.
 */
export const squaredDistances = (trace: Tracer, x: GpuTensor): GpuTensor => {
  const [count, size] = [axisLength(x.shape, 0), axisLength(x.shape, 1)];
  const columns = transpose(trace, x);
  return contract(trace, {
    key: `squaredDistances ${count} ${size}`,
    rows: [count],
    names: ["r"],
    columns: count,
    inputs: [x, columns],
    start: `let p = r * ${size}; let q = col * 1;`,
    loops: (accumulate) => `for (let k = 0; k < ${size}; k++) { ${accumulate} p = p + 1; q = q + ${count}; }`,
    rowStep: size,
    term: (a, b) => `(${a} - ${b}) * (${a} - ${b})`,
  });
};

export const matrix = (trace: Tracer): Pick<Primitives<GpuTensor>, "transpose" | "matmul" | "squaredDistances"> => ({
  transpose: (x) => transpose(trace, x),
  matmul: (a, b, transposed) => matmul(trace, a, b, transposed),
  squaredDistances: (x) => squaredDistances(trace, x),
});
