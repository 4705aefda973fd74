/** What users of GPU.js write first, to be measured beside the engine: one cell a thread, and a call a kernel. */
import type { Opened } from "#mdr/engines/gpu/backends.js";
import { gpuKernels } from "#mdr/engines/gpu/kernels.js";
import type { Gpu } from "#mdr/engines/gpu/library.js";
import { lower, type Node, tracer } from "#mdr/engines/gpu/plan.js";
import { kernelsOf, pipelineRunner } from "#mdr/engines/gpu/runner.js";
import { type Dialect, indexLimit } from "#mdr/engines/gpu/source.js";
import { type StepWork, stepOf } from "./step.js";

export type Task = () => Promise<unknown>;

/**
 * The step's launches run two ways on the same kernels: as one plan, and each by itself, its inputs going up and its
 * result coming back every time. One result a thread in both, since GPU.js gives vectors back in another form.
 */
export const twoWays = (opened: Opened, work: StepWork, inputs: readonly Float32Array[]) => {
  const dialect: Dialect = { ...opened.dialect, tile: "cells" };
  const step = stepOf(work);
  const trace = tracer(dialect, indexLimit);
  const given = step.shapes.map((shape, place) => trace.input(shape, place));
  const outputs = step.program(gpuKernels(trace), given).map(({ handle }) => handle);
  const launches = lower(outputs, dialect);
  const kernelOf = kernelsOf(opened);
  const plan = pipelineRunner(opened, kernelOf, { launches, inputs: given.map(({ handle }) => handle), outputs });
  return {
    plan: () => plan.run(inputs),
    calls: async () => {
      const values = new Map<number, unknown>();
      const read = (node: Node): unknown =>
        node.kind === "constant" ? node.data : node.kind === "input" ? inputs[node.position] : values.get(node.id);
      for (const launch of launches) values.set(launch.node.id, await kernelOf(launch)(...launch.inputs.map(read)));
      return values;
    },
  };
};

/** Text that GPU.js users write first: one cell a thread, nested arrays or bounds checks inside the loops. */
export const plain = {
  product: (size: number): string =>
    `function (a, b) { let s = 0; for (let k = 0; k < ${size}; k++) { s += a[this.thread.y][k] * b[k][this.thread.x]; } return s; }`,
  convolution: (side: number, channels: number): string =>
    `function (a, w) { const i = this.thread.x; const f = i % ${channels}; const x = Math.floor(i / ${channels}) % ${side}; ` +
    `const y = Math.floor(i / ${channels * side}) % ${side}; const n = Math.floor(i / ${channels * side * side}); let s = 0; ` +
    "for (let ky = 0; ky < 3; ky++) { for (let kx = 0; kx < 3; kx++) { const yy = y + ky - 1; const xx = x + kx - 1; " +
    `if (yy >= 0 && yy < ${side} && xx >= 0 && xx < ${side}) { for (let c = 0; c < ${channels}; c++) { ` +
    `s += a[((n * ${side} + yy) * ${side} + xx) * ${channels} + c] * w[((ky * 3 + kx) * ${channels} + c) * ${channels} + f]; } } } } return s; }`,
};

export const plainTask = (gpu: Gpu, text: string, output: readonly number[], inputs: readonly unknown[]): Task => {
  const kernel = gpu.createKernel(text, { output, precision: "single", tactic: "precision", loopMaxIterations: 2 ** 24 });
  const pipeline = gpu.createPipeline((a, b) => [kernel(a, b)]);
  return () => pipeline(...(inputs as readonly Float32Array[]));
};

export const nested = (numbers: Float32Array, columns: number): readonly Float32Array[] =>
  Array.from({ length: numbers.length / columns }, (_, row) => numbers.slice(row * columns, (row + 1) * columns));
