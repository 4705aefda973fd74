/**
 * `npm run bench -- gpu`: the GPU.js engine on every backend that works here. One plan a step beside one call a kernel,
 * beside the wasm engine's step and PyTorch's on CUDA; the engine's hot kernels beside the plain one-cell-a-thread ones
 * and beside what the device can do at most; and the share of a step spent outside kernels. `--backend` names one.
 * Everything that is compared is measured in turn, in one run; figures are medians.
 */
import * as E from "fp-ts/lib/Either.js";
import { openBackend } from "#mdr/engines/gpu/backends.js";
import { type GpuBackend, type GpuTensor, gpuEngine } from "#mdr/engines/gpu/index.js";
import type { Gpu } from "#mdr/engines/gpu/library.js";
import { type Engine, type Kernels, square } from "#mdr/engines/index.js";
import { wasmEngine } from "#mdr/engines/wasm/index.js";
import { generate, type Shape, sizeOf } from "#mdr/tensor/index.js";
import type { Contestant } from "./contestant.js";
import { median } from "./measure.js";
import { nested, plain, plainTask, type Task, twoWays } from "./plain.js";
import { pytorchCuda } from "./pytorch.js";
import { rooflineOf } from "./roofline.js";
import { must, prepared, prepareStep, type StepWork, stepFlops, stepOf } from "./step.js";

interface GpuRow {
  readonly backend: GpuBackend;
  readonly name: string;
  readonly median_ms: number | null;
  readonly gflops: number | null;
  readonly images_per_second?: number;
  /** Of what the device does at most in arithmetic and in copying: see `roofline.ts`. */
  readonly arithmetic_share?: number | null;
  readonly bandwidth_share?: number | null;
  readonly reason?: string;
}

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

/** What goes into each place of a step: labels, four of a kind, and numbers that a network might meet. */
const stepNumbers =
  (work: StepWork) =>
  (shape: Shape, place: number): Float32Array =>
    place === stepOf(work).carried.length + 1
      ? Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.floor(i / 4))
      : wave(shape, place).map((value) => 0.5 + 0.1 * value);

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
  const { run, forget } = prepared(compiled, inputs, -1);
  return { run, close: forget };
};

/** Figures that every backend has, null where it does not work here. */
const figures = [
  "plan_over_calls",
  "product_over_plain",
  "convolution_over_plain",
  "share_outside_kernels",
  "step_over_wasm",
  "step_over_pytorch_cuda",
] as const;

interface Result {
  readonly rows: readonly GpuRow[];
  readonly ratios: Readonly<Record<string, number | null>>;
}

const absent = (backend: GpuBackend, reason: string): Result => ({
  rows: [{ backend, name: "step", median_ms: null, gflops: null, reason }],
  ratios: Object.fromEntries(figures.map((figure) => [`${backend}_${figure}`, null])),
});

const side = 256;
const picture = { count: 8, side: 32, channels: 32 };
const image = [picture.count, picture.side, picture.side, picture.channels];

/** The engine's product and convolution in turn with the plain ones. */
const hotBesidePlain = async (engine: Engine<GpuTensor>, gpu: Gpu, rounds: number) => {
  const square256 = [side, side];
  const weights = [3, 3, picture.channels, picture.channels];
  const product = await programTask(engine, [square256, square256], (k, [a, b]) => (a && b ? [k.matmul(a, b)] : []));
  const convolution = await programTask(engine, [image, weights], (k, [x, w]) => (x && w ? [k.convolve(x, w, square(1, 1))] : []));
  const matrices = [wave(square256), wave(square256, 1)].map((matrix) => nested(matrix, side));
  const times = await inTurn(
    {
      product: product.run,
      "product, plain": plainTask(gpu, plain.product(side), square256, matrices),
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
  return times;
};

/** The whole step in turn with its transfers alone, with the wasm engine's and with PyTorch's on CUDA. */
const stepBesideOthers = async (engine: Engine<GpuTensor>, work: StepWork, cuda: Contestant, rounds: number) => {
  const step = stepOf(work);
  const plan = await programTask(engine, step.shapes, step.program, stepNumbers(work));
  const copies = await programTask(
    engine,
    step.shapes,
    (k, inputs) => inputs.slice(0, step.carried.length).map((input) => k.affine(input, 1, 0)),
    stepNumbers(work),
  );
  const wasm = await must(wasmEngine());
  const beside = await prepareStep(wasm, work);
  const onCuda = { ...work, device: "cuda" } as const;
  const torch = await cuda.measure(onCuda);
  const tasks: Readonly<Record<string, Task>> = {
    "step, one plan": plan.run,
    "step, only its transfers": copies.run,
    "step, the wasm engine": beside.run,
    ...("reason" in torch ? {} : { "step, PyTorch on CUDA": () => cuda.measure(onCuda) }),
  };
  const times = await inTurn(tasks, rounds);
  plan.close();
  copies.close();
  beside.forget();
  await must(wasm.close);
  return { times, torch };
};

/** Most rounds of WebGPU in software, where one takes half a minute. */
const slowRounds = 3;

const benchBackend = async (backend: GpuBackend, cuda: Contestant, wanted: number): Promise<Result> => {
  const opened = await openBackend(backend)();
  if (E.isLeft(opened)) return absent(backend, opened.left.message);
  const engineOrNot = await gpuEngine(backend)();
  if (E.isLeft(engineOrNot)) return absent(backend, engineOrNot.left.message);
  const [engine, { gpu, dialect, device, software }] = [engineOrNot.right, opened.right];
  process.stderr.write(`${backend}: ${device}\n`);
  const rounds = backend === "webgpu" && software ? Math.min(wanted, slowRounds) : wanted;

  // Milliseconds each: more rounds, so that what else the machine does evens out.
  const kernels = await hotBesidePlain(engine, gpu, 4 * rounds);
  const work: StepWork = { kind: "step", name: "step", backbone: "compact", batch: backend === "webgpu" && software ? 4 : 16, side: 32 };
  const { times: whole, torch } = await stepBesideOthers(engine, work, cuda, rounds);
  const roofline = await rooflineOf(gpu, dialect, engine, software, Math.min(rounds, 5));
  await must(engine.close);
  // With the engine closed: two WebGL contexts drawing in turn slow each other down.
  const ways = twoWays(opened.right, work, stepOf(work).shapes.map(stepNumbers(work)));
  const steps = await inTurn(
    { "step, a cell a thread, one plan": ways.plan, "step, a cell a thread, one call a kernel": ways.calls },
    rounds,
  );
  await gpu.destroy();
  await opened.right.close();

  const productFlops = 2 * side ** 3;
  const convolutionFlops = 2 * 9 * picture.channels * sizeOf(image);
  const flops: Readonly<Record<string, number>> = { product: productFlops, convolution: convolutionFlops, step: stepFlops(work) };
  const row = ([name, median_ms]: readonly [string, number]): GpuRow => {
    const operations = name.includes("transfers") ? null : (flops[name.split(",")[0] ?? ""] ?? null);
    return {
      backend,
      name,
      median_ms,
      gflops: operations === null ? null : operations / median_ms / 1e6,
      ...(/^step, (one plan|the wasm|PyTorch)/.test(name) ? { images_per_second: (1000 * work.batch) / median_ms } : {}),
    };
  };
  const times: Readonly<Record<string, number>> = { ...kernels, ...whole, ...steps };
  const over = (theirs: string, ours: string): number | null => {
    const [slow, fast] = [times[theirs], times[ours]];
    return slow === undefined || fast === undefined ? null : slow / fast;
  };
  const own: Readonly<Record<(typeof figures)[number], number | null>> = {
    plan_over_calls: over("step, a cell a thread, one call a kernel", "step, a cell a thread, one plan"),
    product_over_plain: over("product, plain", "product"),
    convolution_over_plain: over("convolution, plain", "convolution"),
    share_outside_kernels: over("step, only its transfers", "step, one plan"),
    step_over_wasm: over("step, the wasm engine", "step, one plan"),
    step_over_pytorch_cuda: over("step, PyTorch on CUDA", "step, one plan"),
  };
  return {
    rows: [
      ...Object.entries(times).map(row),
      ...("reason" in torch ? [{ backend, name: "step, PyTorch on CUDA", median_ms: null, gflops: null, reason: torch.reason }] : []),
      ...roofline.kernels.map(({ name, milliseconds, gflops, arithmetic_share, bandwidth_share }) => ({
        backend,
        name: `${name}, on the device`,
        median_ms: milliseconds,
        gflops,
        arithmetic_share,
        bandwidth_share,
        ...(milliseconds === null ? { reason: "lost in the noise: run again on a quieter machine" } : {}),
      })),
    ],
    ratios: {
      ...Object.fromEntries(Object.entries(own).map(([figure, value]) => [`${backend}_${figure}`, value])),
      [`${backend}_copy_gb_per_s`]: roofline.copy_gb_per_s,
      [`${backend}_multiply_add_gflops`]: roofline.multiply_add_gflops,
    },
  };
};

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** Prints rows and ratios, as a table or as JSON. */
export const benchGpu = async ({
  asJson,
  quick,
  backend: only,
}: {
  readonly asJson: boolean;
  readonly quick: boolean;
  readonly backend: string | undefined;
}): Promise<void> => {
  const results: Awaited<ReturnType<typeof benchBackend>>[] = [];
  const cuda = pytorchCuda();
  for (const backend of (["webgpu", "headlessgl", "webasm", "cpu"] as const).filter((name) => only === undefined || name === only)) {
    results.push(await benchBackend(backend, cuda, quick ? 3 : 9));
  }
  await cuda.close();
  const rows = results.flatMap((result) => result.rows);
  const ratios = Object.assign({}, ...results.map((result) => result.ratios)) as Readonly<Record<string, number | null>>;
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ rows, ratios }, null, 2)}\n`);
    return;
  }
  const lines = rows.map(({ backend, name, median_ms, gflops, images_per_second, arithmetic_share, bandwidth_share, reason }) =>
    [
      backend.padEnd(11),
      name.padEnd(42),
      median_ms === null ? (reason ?? "") : `${median_ms.toFixed(2)} ms`.padEnd(14),
      gflops === null ? "" : `${gflops.toFixed(2)} GFLOP/s`.padEnd(16),
      images_per_second === undefined ? "" : `${images_per_second.toFixed(1)} images/s`,
      arithmetic_share === undefined || arithmetic_share === null ? "" : `${percent(arithmetic_share)} of the multiply-adds`,
      bandwidth_share === undefined || bandwidth_share === null ? "" : `${percent(bandwidth_share)} of the copying`,
    ].join(" "),
  );
  const shown = Object.entries(ratios).map(([name, value]) => `${name.padEnd(34)} ${value === null ? "null" : value.toFixed(2)}`);
  process.stdout.write(`${[...lines, ...shown].join("\n")}\n`);
};
