/** All kernels of the GPU engine over one tracer. The composed ones stay as written once: the plan fuses their parts. */
import { composed } from "../composed.js";
import type { Kernels, Primitives } from "../engine.js";
import { channels } from "./channels.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { indexing } from "./indexing.js";
import { matrix } from "./matrix.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { pooling } from "./pooling.js";
import { reduction } from "./reduction.js";

export const gpuKernels = (trace: Tracer): Kernels<GpuTensor> => {
  const reductions = reduction(trace);
  const primitives: Primitives<GpuTensor> = {
    ...elementwise(trace),
    ...reductions,
    ...channels(trace),
    ...matrix(trace),
    ...indexing(trace),
    ...convolution(trace, reductions.reduce),
    ...pooling(trace),
  };
  return { ...primitives, ...composed(primitives) };
};
