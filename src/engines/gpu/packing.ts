/** Numbers packed by fours into vectors, for the backends on which a kernel may read another's vectors (WebGL). */
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText } from "./source.js";

/**
 * [M, N] vectors: (m, n) holds the entries of x at m * steps[0] + n * steps[1] + 0, 1, 2 and 3 times `apart`. 32 bytes a
 * vector.
 */
export const pack = (
  trace: Tracer,
  x: GpuTensor,
  [rows, columns]: readonly [number, number],
  [rowStep, columnStep]: readonly [number, number],
  apart: number,
): GpuTensor =>
  trace.launch(`pack ${columns} ${rowStep} ${columnStep} ${apart}`, [rows, columns], [x], (dialect) =>
    kernelText(
      dialect,
      1,
      `${coordinates(dialect, [rows, columns], ["m", "n"])} const p = m * ${rowStep} + n * ${columnStep}; ` +
        `return [a0[p], a0[p + ${apart}], a0[p + ${2 * apart}], a0[p + ${3 * apart}]];`,
    ),
  );

/** Every run of four entries as a vector: [x.size / 4]. Shared by all kernels that read x so. */
export const packRuns = (trace: Tracer, x: GpuTensor): GpuTensor => pack(trace, x, [x.handle.size / 4, 1], [4, 1], 1);
