/** Kernels that put tensors together along the last axis and take them apart: one read of 4 bytes a result. */
import { axisLength, sizeOf } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText } from "./source.js";

const lastOf = ({ shape }: GpuTensor): number => axisLength(shape, -1);
const columnsOf = (parts: readonly GpuTensor[]): number => parts.reduce((sum, part) => sum + lastOf(part), 0);

/** As many arrays as one kernel may read. */
const side = (trace: Tracer, parts: readonly GpuTensor[]): GpuTensor => {
  const before = parts[0]?.shape.slice(0, -1) ?? [];
  const columns = columnsOf(parts);
  const reads = parts.map((part, k) => {
    const begin = columnsOf(parts.slice(0, k));
    return `if (c >= ${begin} && c < ${begin + lastOf(part)}) { s = a${k}[r * ${lastOf(part)} + (c - ${begin})]; }`;
  });
  return trace.launch(`concatenate ${parts.map(lastOf).join(" ")}`, [...before, columns], parts, (dialect) =>
    kernelText(
      dialect,
      parts.length,
      `${coordinates(dialect, [sizeOf(before), columns], ["r", "c"])} let s = 0.0; ${reads.join(" ")} return s;`,
    ),
  );
};

const concatenate = (trace: Tracer, parts: readonly GpuTensor[]): GpuTensor => {
  const most = trace.dialect.maximumInputs;
  return parts.length <= most ? side(trace, parts) : concatenate(trace, [side(trace, parts.slice(0, most)), ...parts.slice(most)]);
};

export const channels = (trace: Tracer): Pick<Primitives<GpuTensor>, "concatenate" | "slice"> => ({
  concatenate: (parts) => concatenate(trace, parts),
  slice: (x, from, to) => {
    const before = x.shape.slice(0, -1);
    return trace.launch(`slice ${from} ${to} ${lastOf(x)}`, [...before, to - from], [x], (dialect) =>
      kernelText(
        dialect,
        1,
        `${coordinates(dialect, [sizeOf(before), to - from], ["r", "c"])} return a0[r * ${lastOf(x)} + (c + ${from})];`,
      ),
    );
  },
});
