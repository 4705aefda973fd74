/**
 * `npm run bench`: the wasm engine's kernels and whole training steps beside TensorFlow.js, GPU.js and PyTorch, measured
 * in turn in one run. `--json` prints one JSON object; `--quick` measures fewer rounds; `gpu` measures
 * the GPU.js engine alone, backend by backend.
 */
import { availableParallelism } from "node:os";
import { type Contestant, convolutionFlops, type Direction, type Work } from "./contestant.js";
import { benchGpu } from "./gpu.js";
import { compare, median, type Row } from "./measure.js";
import { gpuJsWebasm, wasm } from "./ours.js";
import { pytorch } from "./pytorch.js";
import { type Ratios, ratiosOf } from "./ratios.js";
import { type StepWork, stepFlops } from "./step.js";
import { tensorflow } from "./tensorflow.js";

const asJson = process.argv.includes("--json");
const quick = process.argv.includes("--quick");

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

const steps: readonly StepWork[] = [
  { kind: "step", name: "step compact 64", backbone: "compact", batch: 64, side: 64 },
  { kind: "step", name: "step resnet18 16", backbone: "resnet18", batch: 16, side: 224 },
];

const cell = (text: string, width: number): string => text.padEnd(width);

const table = (rows: readonly Row[], ratios: Ratios, peak: number): string =>
  [
    `128-bit peak of one thread: ${peak.toFixed(1)} GFLOP/s`,
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

const main = async (): Promise<void> => {
  const one = await wasm(1);
  const two = await wasm(2);
  const gpujs = await gpuJsWebasm();
  const torch = pytorch([1, 2]);
  const tf = await tensorflow();
  const tfWasm = tf.filter(({ engine }) => engine === "tfjs wasm");
  const tfCpu = tf.filter(({ engine }) => engine === "tfjs cpu");
  const peaks: number[] = [];
  const probePeak = (): void => {
    for (let probe = 0; probe < 5; probe++) peaks.push(one.peak());
  };
  probePeak();
  await new Promise((resolve) => setTimeout(resolve, 100));
  peaks.length = 0;

  const rows: Row[] = [];
  for (const work of convolutions) {
    note(work.name);
    probePeak();
    const peers: readonly Contestant[] = work.direction === "forward" ? [...tfWasm, ...torch] : torch;
    rows.push(...(await compare(work, convolutionFlops(work), [one, two, ...peers], quick ? 5 : 15)));
  }
  for (const work of steps) {
    note(work.name);
    const peers = work.backbone === "compact" ? [...torch, gpujs, ...tfCpu] : torch;
    rows.push(...(await compare(work, stepFlops(work), [one, two, ...peers], quick ? 3 : 9)));
  }
  const peak = median(peaks);
  const shared = rows.map((row) =>
    row.engine === "wasm" && row.gflops !== null ? { ...row, peak_share: row.gflops / (peak * row.threads) } : row,
  );
  const ratios = ratiosOf(rows, peak);
  process.stdout.write(
    asJson
      ? `${JSON.stringify({ rows: shared, ratios: ratios.values, reasons: ratios.reasons, peak_gflops: peak, processors: availableParallelism() }, null, 2)}\n`
      : `${table(shared, ratios, peak)}\n`,
  );
  for (const contestant of [one, two, gpujs, ...torch, ...tf]) await contestant.close();
};

if (process.argv.includes("gpu")) await benchGpu({ asJson, quick });
else await main();
