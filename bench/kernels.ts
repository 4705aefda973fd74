/** `npm run bench`: the wasm engine's kernels and whole training steps beside TensorFlow.js, jax-js, GPU.js and PyTorch, measured in turn in one run. */
import { availableParallelism } from "node:os";
import { type Contestant, convolutionFlops, type Direction, type Work } from "./contestant.js";
import { jaxJs } from "./jax.js";
import { contest, median, type Row } from "./measure.js";
import { gpuJsWebasm, wasm } from "./ours.js";
import { pytorch } from "./pytorch.js";
import { type Ratios, ratiosOf } from "./ratios.js";
import { type StepWork, stepFlops } from "./step.js";
import { tensorflow } from "./tensorflow.js";

const note = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const SIZES = [
  { channels: 32, side: 32, batch: 32 },
  { channels: 64, side: 16, batch: 32 },
  { channels: 128, side: 16, batch: 16 },
];

const DIRECTIONS: readonly Direction[] = ["forward", "toInput", "toWeights"];

const convolutions: readonly Extract<Work, { kind: "convolution" }>[] = SIZES.flatMap((size) =>
  DIRECTIONS.map((direction) => ({ kind: "convolution" as const, name: `conv3x3 ${direction} ${size.channels}`, direction, ...size })),
);

/** The training steps that are measured. */
export const steps = [
  { kind: "step", name: "step compact 64", backbone: "compact", batch: 64, side: 64 },
  { kind: "step", name: "step resnet18 16", backbone: "resnet18", batch: 16, side: 224 },
] as const satisfies readonly StepWork[];

const cell = (text: string, width: number): string => text.padEnd(width);

const table = (rows: readonly Row[], ratios: Ratios, peak: number): string =>
  [
    `128-bit peak of one thread: ${peak.toFixed(1)} GFLOP/s; what Winograd's way saves counts as done`,
    ...rows.map(({ name, engine, threads, median_ms, gflops, peak_share, reason }) =>
      [
        cell(name, 24),
        cell(`${engine} x${threads}`, 20),
        median_ms === null ? (reason ?? "") : cell(`${median_ms.toFixed(2)} ms`, 14),
        gflops === null ? "" : cell(`${gflops.toFixed(1)} GFLOP/s`, 16),
        peak_share === undefined ? "" : `${(100 * peak_share).toFixed(0)} % of peak`,
      ].join(" "),
    ),
    ...Object.entries(ratios.values).map(
      ([name, value]) => `${cell(name, 34)} ${value === null ? `null: ${ratios.reasons[name] ?? ""}` : value.toFixed(2)}`,
    ),
  ].join("\n");

/** How often each kernel's turn comes. */
const PASSES = 3;

/** The whole comparison, on one and two threads. */
export const benchKernels = async ({ asJson, quick }: { readonly asJson: boolean; readonly quick: boolean }): Promise<void> => {
  const one = await wasm(1);
  const two = await wasm(2);
  const direct = [await wasm(1, false), await wasm(2, false)];
  const gpujs = await gpuJsWebasm();
  const torch = pytorch([1, 2]);
  const tf = await tensorflow();
  const jax = await jaxJs();
  const tfWasm = tf.filter(({ engine }) => engine === "tfjs wasm");
  const tfCpu = tf.filter(({ engine }) => engine === "tfjs cpu");
  // V8 compiles the loop well only after it has run for a while.
  for (let warm = 0; warm < 5; warm++) one.peak();
  await new Promise((resolve) => setTimeout(resolve, 100));

  const kernels = convolutions.map((work) => {
    const peaks: number[] = [];
    const peers: readonly Contestant[] = work.direction === "forward" ? [...tfWasm, jax, ...torch] : [jax, ...torch];
    return { peaks, ...contest(work, convolutionFlops(work), [one, two, ...direct, ...peers], () => peaks.push(one.peak())) };
  });
  // Round about: a second in which the machine is busy elsewhere then spoils a little of each figure and not all of one.
  for (let pass = 1; pass <= PASSES; pass++) {
    for (const { work, run } of kernels) {
      note(`${work.name}, ${pass} of ${PASSES}`);
      await run(quick ? 2 : 5);
    }
  }
  const kernelRows = kernels.flatMap(({ rows, peaks }) =>
    rows().map((row) =>
      row.engine === "wasm direct" && row.gflops !== null ? { ...row, peak_share: row.gflops / (median(peaks) * row.threads) } : row,
    ),
  );
  const stepRows: Row[] = [];
  for (const work of steps) {
    note(work.name);
    const peers = work.backbone === "compact" ? [...torch, gpujs, jax, ...tfCpu] : torch;
    const { run, rows } = contest(work, stepFlops(work), [one, two, ...peers]);
    await run(quick ? 3 : 9);
    stepRows.push(...rows());
  }
  const rows = [...kernelRows, ...stepRows];
  const peak = median(kernels.flatMap(({ peaks }) => peaks));
  const ratios = ratiosOf(rows);
  process.stdout.write(
    asJson
      ? `${JSON.stringify({ rows, ratios: ratios.values, reasons: ratios.reasons, peak_gflops: peak, processors: availableParallelism() }, null, 2)}\n`
      : `${table(rows, ratios, peak)}\n`,
  );
  for (const contestant of [one, two, ...direct, gpujs, jax, ...torch, ...tf]) await contestant.close();
};
