/**
 * `npm run bench -- gpu`: the GPU.js engine on every backend that works here. One plan a step beside one call a kernel,
 * the engine's hot kernels beside the plain one-cell-a-thread ones, and the share of a step spent outside kernels.
 * Everything that is compared is measured in turn, in one run; figures are medians.
 */
import * as E from "fp-ts/lib/Either.js";
import { openBackend } from "#mdr/engines/gpu/backends.js";
import { type GpuBackend, type GpuTensor, gpuEngine } from "#mdr/engines/gpu/index.js";
import { gpuKernels } from "#mdr/engines/gpu/kernels.js";
import type { Gpu, Kernel } from "#mdr/engines/gpu/library.js";
import { type Launch, lower, type Node, tracer } from "#mdr/engines/gpu/plan.js";
import { type Dialect, indexLimit } from "#mdr/engines/gpu/source.js";
import { type Engine, type Kernels, square } from "#mdr/engines/index.js";
import { generate, type Shape, sizeOf } from "#mdr/tensor/index.js";
import { median } from "./measure.js";
import { must, type StepWork, stepFlops, stepOf } from "./step.js";

interface GpuRow {
  readonly backend: GpuBackend;
  readonly name: string;
  readonly median_ms: number | null;
  readonly gflops: number | null;
  readonly images_per_second?: number;
  readonly reason?: string;
}

type Task = () => Promise<unknown>;

/** Medians of tasks run in turn, after one warm run each. */
const inTurn = async <K extends string>(tasks: Readonly<Record<K, Task>>, rounds: number): Promise<Readonly<Record<K, number>>> => {
  const entries = Object.entries<Task>(tasks) as unknown as readonly (readonly [K, Task])[];
  const times = new Map<K, number[]>(entries.map(([name]) => [name, []]));
  for (const [, task] of entries) await task();
  for (let round = 0; round < rounds; round++) {
    for (const [name, task] of entries) {
      const start = performance.now();
      await task();
      times.get(name)?.push(performance.now() - start);
    }
  }
  return Object.fromEntries(entries.map(([name]) => [name, median(times.get(name) ?? [])])) as Record<K, number>;
};

const wave = (shape: Shape, phase = 0): Float32Array => Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + phase));

const programTask = async (
  engine: Engine<GpuTensor>,
  shapes: readonly Shape[],
  program: (k: Kernels<GpuTensor>, inputs: readonly GpuTensor[]) => readonly GpuTensor[],
  numbers: (shape: Shape, place: number) => ArrayLike<number> = wave,
): Promise<{ readonly run: Task; readonly close: () => void }> => {
  const compiled = await must(engine.compile(shapes, program));
  const inputs = shapes.map((shape, place) => {
    const values = numbers(shape, place);
    return engine.upload(generate(shape, (i) => values[i] ?? 0));
  });
  return { run: () => must(compiled.run(inputs)), close: compiled.close };
};

/**
 * The step's launches run two ways on the same kernels: as one plan, and each by itself, its inputs going up and its
 * result coming back every time. One result a thread in both, since GPU.js gives vectors back in another form.
 */
const twoWays = (gpu: Gpu, backendDialect: Dialect, work: StepWork, inputs: readonly Float32Array[]) => {
  const dialect: Dialect = { ...backendDialect, tile: "cells" };
  const step = stepOf(work);
  const trace = tracer(dialect, indexLimit);
  const outputs = step
    .program(
      gpuKernels(trace),
      step.shapes.map((shape, place) => trace.input(shape, place)),
    )
    .map(({ handle }) => handle);
  const settings = { precision: "single", tactic: "precision", loopMaxIterations: indexLimit, fixIntegerDivisionAccuracy: false };
  const launches = lower(outputs, dialect);
  const known = new Map<string, Kernel>();
  const kernelOf = ({ text, output }: Launch): Kernel => {
    const key = `${output.join(" ")} ${text}`;
    const kernel = known.get(key) ?? gpu.createKernel(text, { ...settings, output: [...output] });
    known.set(key, kernel);
    return kernel;
  };
  const reader =
    (values: ReadonlyMap<number, unknown>, given: readonly unknown[]) =>
    (node: Node): unknown =>
      node.kind === "constant" ? node.data : node.kind === "input" ? given[node.position] : values.get(node.id);
  const orchestration = (...given: readonly unknown[]): readonly unknown[] => {
    const values = new Map<number, unknown>();
    const read = reader(values, given);
    for (const launch of launches) values.set(launch.node.id, kernelOf(launch)(...launch.inputs.map(read)));
    return outputs.map(read);
  };
  Object.defineProperty(orchestration, "length", { value: inputs.length });
  const pipeline = gpu.createPipeline(orchestration);
  return {
    plan: () => pipeline(...inputs),
    calls: async () => {
      const values = new Map<number, unknown>();
      const read = reader(values, inputs);
      for (const launch of launches) values.set(launch.node.id, await kernelOf(launch)(...launch.inputs.map(read)));
      return values;
    },
  };
};

/** Text that GPU.js users write first: one cell a thread, nested arrays or bounds checks inside the loops. */
const plain = {
  product: (size: number): string =>
    `function (a, b) { let s = 0; for (let k = 0; k < ${size}; k++) { s += a[this.thread.y][k] * b[k][this.thread.x]; } return s; }`,
  convolution: (side: number, channels: number): string =>
    `function (a, w) { const i = this.thread.x; const f = i % ${channels}; const x = Math.floor(i / ${channels}) % ${side}; ` +
    `const y = Math.floor(i / ${channels * side}) % ${side}; const n = Math.floor(i / ${channels * side * side}); let s = 0; ` +
    "for (let ky = 0; ky < 3; ky++) { for (let kx = 0; kx < 3; kx++) { const yy = y + ky - 1; const xx = x + kx - 1; " +
    `if (yy >= 0 && yy < ${side} && xx >= 0 && xx < ${side}) { for (let c = 0; c < ${channels}; c++) { ` +
    `s += a[((n * ${side} + yy) * ${side} + xx) * ${channels} + c] * w[((ky * 3 + kx) * ${channels} + c) * ${channels} + f]; } } } } return s; }`,
};

const plainTask = (gpu: Gpu, text: string, output: readonly number[], inputs: readonly unknown[]): Task => {
  const kernel = gpu.createKernel(text, { output, precision: "single", tactic: "precision", loopMaxIterations: 2 ** 24 });
  const pipeline = gpu.createPipeline((a, b) => [kernel(a, b)]);
  return () => pipeline(...(inputs as readonly Float32Array[]));
};

const nested = (numbers: Float32Array, columns: number): readonly Float32Array[] =>
  Array.from({ length: numbers.length / columns }, (_, row) => numbers.slice(row * columns, (row + 1) * columns));

const benchBackend = async (
  backend: GpuBackend,
  rounds: number,
): Promise<{ readonly rows: readonly GpuRow[]; readonly ratios: Readonly<Record<string, number | null>> }> => {
  const opened = await openBackend(backend)();
  const engineOrNot = await gpuEngine(backend)();
  if (E.isLeft(opened) || E.isLeft(engineOrNot)) {
    const reason = E.isLeft(opened) ? opened.left.message : "";
    return {
      rows: [{ backend, name: "step", median_ms: null, gflops: null, reason }],
      ratios: {
        [`${backend}_plan_over_calls`]: null,
        [`${backend}_product_over_plain`]: null,
        [`${backend}_convolution_over_plain`]: null,
      },
    };
  }
  const [engine, { gpu, dialect, device }] = [engineOrNot.right, opened.right];
  process.stderr.write(`${backend}: ${device}\n`);

  const side = 256;
  const matrices = [wave([side, side]), wave([side, side], 1)];
  const product = await programTask(
    engine,
    [
      [side, side],
      [side, side],
    ],
    (k, [a, b]) => (a && b ? [k.matmul(a, b)] : []),
  );
  const picture = { count: 8, side: 32, channels: 32 };
  const image = [picture.count, picture.side, picture.side, picture.channels];
  const weights = [3, 3, picture.channels, picture.channels];
  const convolution = await programTask(engine, [image, weights], (k, [x, w]) => (x && w ? [k.convolve(x, w, square(1, 1))] : []));
  const kernels = await inTurn(
    {
      product: product.run,
      "product, plain": plainTask(
        gpu,
        plain.product(side),
        [side, side],
        matrices.map((matrix) => nested(matrix, side)),
      ),
      convolution: convolution.run,
      "convolution, plain": plainTask(
        gpu,
        plain.convolution(picture.side, picture.channels),
        [sizeOf(image)],
        [wave(image), wave(weights)],
      ),
    },
    rounds,
  );
  product.close();
  convolution.close();

  const work: StepWork = { kind: "step", name: "step", backbone: "compact", batch: backend === "webgpu" ? 4 : 16, side: 32 };
  const step = stepOf(work);
  const numbers = (shape: Shape, place: number): Float32Array =>
    place === step.carried.length + 1
      ? Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.floor(i / 4))
      : wave(shape, place).map((value) => 0.5 + 0.1 * value);
  const plan = await programTask(engine, step.shapes, step.program, numbers);
  const copies = await programTask(
    engine,
    step.shapes,
    (k, inputs) => inputs.slice(0, step.carried.length).map((input) => k.affine(input, 1, 0)),
    numbers,
  );
  const whole = await inTurn({ "step, one plan": plan.run, "step, only its transfers": copies.run }, rounds);
  plan.close();
  copies.close();
  await must(engine.close);
  // With the engine closed: two WebGL contexts drawing in turn slow each other down.
  const ways = twoWays(gpu, dialect, work, step.shapes.map(numbers));
  const steps = await inTurn(
    { "step, a cell a thread, one plan": ways.plan, "step, a cell a thread, one call a kernel": ways.calls },
    rounds,
  );
  await gpu.destroy();
  await opened.right.close();

  const productFlops = 2 * side ** 3;
  const convolutionFlops = 2 * 9 * picture.channels * sizeOf(image);
  const flops: Readonly<Record<string, number>> = { product: productFlops, convolution: convolutionFlops, step: stepFlops(work) };
  const rows = Object.entries({ ...kernels, ...whole, ...steps }).map(([name, median_ms]): GpuRow => {
    const operations = name.includes("transfers") ? null : (flops[name.split(",")[0] ?? ""] ?? null);
    return {
      backend,
      name,
      median_ms,
      gflops: operations === null ? null : operations / median_ms / 1e6,
      ...(name === "step, one plan" ? { images_per_second: (1000 * work.batch) / median_ms } : {}),
    };
  });
  return {
    rows,
    ratios: {
      [`${backend}_plan_over_calls`]: steps["step, a cell a thread, one call a kernel"] / steps["step, a cell a thread, one plan"],
      [`${backend}_product_over_plain`]: kernels["product, plain"] / kernels.product,
      [`${backend}_convolution_over_plain`]: kernels["convolution, plain"] / kernels.convolution,
      [`${backend}_share_outside_kernels`]: whole["step, only its transfers"] / whole["step, one plan"],
    },
  };
};

/** Prints rows and ratios, as a table or as JSON. */
export const benchGpu = async ({ asJson, quick }: { readonly asJson: boolean; readonly quick: boolean }): Promise<void> => {
  const results: Awaited<ReturnType<typeof benchBackend>>[] = [];
  for (const backend of ["webgpu", "headlessgl", "webasm", "cpu"] as const) results.push(await benchBackend(backend, quick ? 3 : 9));
  const rows = results.flatMap((result) => result.rows);
  const ratios = Object.assign({}, ...results.map((result) => result.ratios)) as Readonly<Record<string, number | null>>;
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ rows, ratios }, null, 2)}\n`);
    return;
  }
  const lines = rows.map(({ backend, name, median_ms, gflops, images_per_second, reason }) =>
    [
      backend.padEnd(11),
      name.padEnd(42),
      median_ms === null ? (reason ?? "") : `${median_ms.toFixed(2)} ms`.padEnd(14),
      gflops === null ? "" : `${gflops.toFixed(2)} GFLOP/s`.padEnd(16),
      images_per_second === undefined ? "" : `${images_per_second.toFixed(1)} images/s`,
    ].join(" "),
  );
  const shown = Object.entries(ratios).map(([name, value]) => `${name.padEnd(34)} ${value === null ? "null" : value.toFixed(2)}`);
  process.stdout.write(`${[...lines, ...shown].join("\n")}\n`);
};
