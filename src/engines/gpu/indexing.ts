/** Kernels that read by index. GPU.js threads cannot write where they like, so the adjoint of `pick` gathers too. */
import { axisLength } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText } from "./source.js";

export const indexing = (trace: Tracer): Pick<Primitives<GpuTensor>, "pick" | "scatter" | "sample"> => ({
  /** 12 bytes a result. */
  pick: (matrix, indices) => {
    const [columns, picks] = [axisLength(matrix.shape, 1), axisLength(indices.shape, 1)];
    return trace.launch(`pick ${columns} ${picks}`, indices.shape, [matrix, indices], (dialect) =>
      kernelText(dialect, 2, `${coordinates(dialect, indices.shape, ["r", "k"])} return a0[r * ${columns} + a1[i]];`),
    );
  },
  /** Each of `columns` results of a row looks through the K indices of its row: K comparisons, 8 K bytes. */
  scatter: (values, indices, columns) => {
    const [rows, picks] = [axisLength(values.shape, 0), axisLength(values.shape, 1)];
    if (picks === 0) return trace.constant({ shape: [rows, columns], data: new Float32Array(rows * columns) });
    return trace.launch(`scatter ${columns} ${picks}`, [rows, columns], [values, indices], (dialect) =>
      kernelText(
        dialect,
        2,
        `${coordinates(dialect, [rows, columns], ["r", "c"])} let p = r * ${picks}; let s = 0.0; ` +
          `for (let k = 0; k < ${picks}; k++) { if (a1[p] == c) { s = s + a0[p]; } p = p + 1; } return s;`,
      ),
    );
  },
  /** Two passes over the row's M weights: their total, then the place: 8 M bytes, 4 M operations a result. */
  sample: (weights, uniforms) => {
    const [columns, draws] = [axisLength(weights.shape, 1), axisLength(uniforms.shape, 1)];
    return trace.launch(`sample ${columns} ${draws}`, uniforms.shape, [weights, uniforms], (dialect) =>
      kernelText(
        dialect,
        2,
        `${coordinates(dialect, uniforms.shape, ["r", "k"])} let p = r * ${columns}; let total = 0.0; ` +
          `for (let j = 0; j < ${columns}; j++) { total = total + a0[p]; p = p + 1; } ` +
          `const target = a1[i] * total; let q = r * ${columns}; let running = 0.0; let found = -1.0; let last = 0.0; ` +
          `for (let j = 0; j < ${columns}; j++) { const w = a0[q]; running = running + w; if (w > 0.0) { last = j; } ` +
          `if (found < 0.0 && running > target) { found = j; } q = q + 1; } ` +
          `return found < 0.0 ? last : found;`,
      ),
    );
  },
});
