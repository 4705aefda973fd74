/**
 * `npm run bench`: the wasm engine's kernels and whole training steps beside TensorFlow.js, jax-js, GPU.js and PyTorch, measured
 * in turn in one run. `--json` prints one JSON object; `--quick` measures fewer rounds; `gpu` measures the GPU.js engine
 * alone, backend by backend; `soak` shows whether engines keep memory over thousands of steps; `profile` (and `profile resnet18`) shows where the
 * wasm engine's step spends its time; `memory` what programs take there; `store` what many decoded pictures
 * take; `sop` what an epoch over as many pictures as SOP has takes; `evaluation` how long exact retrieval metrics take; `bombs` what hostile and odd pictures cost; `decoding` how fast JPEGs
 * become pixels; `twin` whether an independent program trains to the same recall; `damage` and `kills` what a run's folder
 * withstands, `queue` what a grid on several workers does; `search` exact and approximate neighbours; `serve` what the service withstands; `recipe` which recipe suits photographs; `networks`
 * whether PyTorch's files of weights give its embeddings, and how fast ResNet-50 is; `export` how near the embeddings of exported models are;
 * `size` how large the package is, and what of it a page loads; `scale` what each part costs for a picture, a million and a hundred million; `playground` when it is painted, and the longest task of its page while it trains.
 */
import { availableParallelism } from "node:os";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { benchBombs } from "./bombs.js";
import { type Contestant, convolutionFlops, type Direction, type Work } from "./contestant.js";
import { benchDamage } from "./damage.js";
import { benchDecoding } from "./decoding.js";
import { benchEvaluation } from "./evaluation.js";
import { benchExport } from "./exporting.js";
import { benchGpu } from "./gpu.js";
import { benchHostile } from "./hostile.js";
import { benchIndexKills } from "./indexKills.js";
import { jaxJs } from "./jax.js";
import { benchKills } from "./kills.js";
import { contest, median, type Row } from "./measure.js";
import { benchMemory } from "./memory.js";
import { benchNetworks } from "./networks.js";
import { gpuJsWebasm, wasm } from "./ours.js";
import { benchPlayground } from "./playground.js";
import { benchProfile } from "./profile.js";
import { pytorch } from "./pytorch.js";
import { benchQueue } from "./queue.js";
import { type Ratios, ratiosOf } from "./ratios.js";
import { benchRecipe } from "./recipe.js";
import { benchScale } from "./scale.js";
import { benchSearch } from "./search.js";
import { benchServe } from "./serve.js";
import { benchSize } from "./size.js";
import { benchSoak } from "./soak.js";
import { benchSop } from "./sop.js";
import { type StepWork, stepFlops } from "./step.js";
import { benchStore } from "./store.js";
import { tensorflow } from "./tensorflow.js";
import { benchTwin } from "./twin.js";

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("a whole number from 1 on, please");
  return value;
};

/** `1-10` */
const range = (text: string): readonly [number, number] => {
  const [first = 0, last = first] = text.split("-").map(Number);
  if (!(Number.isInteger(first) && Number.isInteger(last) && first >= 0 && last > first))
    throw new InvalidArgumentError("two seeds or more, please: 1-10");
  return [first, last];
};

const program = new Command("npm run bench --")
  .description(
    "Measures the wasm engine beside TensorFlow.js, jax-js, GPU.js and PyTorch (some minutes); or, with a word: gpu, the GPU.js engine backend by " +
      "backend; soak, memory over thousands of training steps; profile [resnet18], where a training step spends its time; memory, what programs take; " +
      "store, what 200,000 decoded pictures take; sop, what an epoch over 50,000 takes, decoding included; evaluation, exact retrieval metrics beside PyTorch's; bombs, what hostile and odd pictures cost; decoding, how fast JPEGs become pixels; twin, whether an independent program trains to the same recall; " +
      "damage, whether damaged files of a run are noticed; kills, whether a run killed at random moments ends in the same bits; index-kills, whether an index does; queue, whether a grid does whose workers are; hostile, what damaged models, galleries and databases do; " +
      "search, exact and approximate neighbours; serve, what the service withstands; recipe, which recipe suits photographs; networks, whether files of PyTorch's weights give its embeddings, and ResNet-50's speed; export, how near an exported model's embeddings are; " +
      "size, of the package and of what a page loads; scale, what each part costs for a picture, a million and a hundred million; playground, when it is painted and how long it keeps its page waiting.",
  )
  .addArgument(
    new Argument("[what]").choices([
      "gpu",
      "soak",
      "profile",
      "memory",
      "store",
      "sop",
      "evaluation",
      "bombs",
      "decoding",
      "twin",
      "damage",
      "kills",
      "index-kills",
      "hostile",
      "queue",
      "recipe",
      "networks",
      "search",
      "scale",
      "export",
      "serve",
      "size",
      "playground",
    ]),
  )
  .addArgument(new Argument("[of]", "the network of a profile").choices(["compact", "resnet18"]))
  .option("--json", "print JSON (npm run --silent bench -- --json)")
  .option("--quick", "fewer rounds")
  .addOption(new Option("--backend <name>", "gpu and soak: this one alone").choices(["wasm", "webgpu", "headlessgl", "webasm", "cpu"]))
  .option("--steps <count>", "soak: training steps", positive)
  .option("--pictures <count>", "store, sop and serve: how many [200000, 50000 and 2000]", positive)
  .option(
    "--size <count>",
    "evaluation: how many embeddings of 512 numbers, 60502 for SOP's test half [10000]; search: of 128 [10000 and 100000]",
    positive,
  )
  .option("--times <count>", "damage, kills, queue, index-kills and hostile: how many [1000, 100, 20, 50 and 5000]", positive)
  .option("--data <folder>", "twin and recipe: folder of class folders")
  .option("--out <folder>", "twin and recipe: where results are kept [runs/twin, runs/recipe]")
  .option("--seeds <range>", "twin: the first and the last", range, [1, 10] as const)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const [what, of] = program.args;
const {
  json: asJson = false,
  quick = false,
  backend,
  steps: many,
  pictures,
  size,
  times,
  data,
  out,
  seeds,
} = program.opts<{
  readonly json?: true;
  readonly quick?: true;
  readonly backend?: string;
  readonly steps?: number;
  readonly pictures?: number;
  readonly size?: number;
  readonly times?: number;
  readonly data?: string;
  readonly out?: string;
  readonly seeds: readonly [number, number];
}>();

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

const main = async (): Promise<void> => {
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

const [compact, resnet] = steps;
if (what === "soak") await benchSoak({ asJson, steps: many, backend });
else if (what === "gpu" && backend === "wasm")
  program.error("error: gpu measures the backends of GPU.js; the wasm engine is measured without that word");
else if (what === "gpu") await benchGpu({ asJson, quick, backend });
else if (what === "memory")
  await benchMemory([...steps, { kind: "step", name: "step resnet50", backbone: "resnet50", batch: 128, side: 224 }], { asJson });
else if (what === "size") await benchSize({ asJson });
else if (what === "playground") await benchPlayground({ asJson });
else if (what === "networks") await benchNetworks({ asJson, quick });
else if (what === "export") await benchExport({ asJson, quick });
else if (what === "store") benchStore(pictures ?? 200_000, { asJson });
else if (what === "sop") await benchSop(pictures ?? 50_000, { asJson });
else if (what === "evaluation") benchEvaluation(size ?? 10_000, { asJson });
else if (what === "search") await benchSearch(size === undefined ? [10_000, 100_000] : [size], { asJson });
else if (what === "scale") await benchScale({ asJson, quick });
else if (what === "serve") await benchServe(pictures ?? 2000, { asJson });
else if (what === "bombs") benchBombs({ asJson });
else if (what === "decoding") await benchDecoding({ asJson, quick });
else if (what === "damage") await benchDamage(times ?? 1000, { asJson });
else if (what === "queue") await benchQueue(times ?? 20, { asJson });
else if (what === "kills") await benchKills(times ?? 100, { asJson });
else if (what === "hostile") await benchHostile(times ?? 5000, { asJson });
else if (what === "index-kills") await benchIndexKills(times ?? 50, { asJson });
else if ((what === "twin" || what === "recipe") && data === undefined)
  program.error(`error: ${what} needs --data, a folder of class folders`);
else if (what === "twin") benchTwin({ data: data ?? "", seeds, out: out ?? "runs/twin", asJson });
else if (what === "recipe") benchRecipe({ data: data ?? "", seeds, out: out ?? "runs/recipe", quick });
else if (what === "profile") {
  const work = of === "resnet18" ? resnet : compact;
  if (work !== undefined) await benchProfile(work, { asJson, quick });
} else await main();
