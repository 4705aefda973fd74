/**
 * `npm run bench -- networks`: published networks at full width. Files that PyTorch writes, in both formats and in half precision, are
 * read here and give embeddings that are held against PyTorch's; then ResNet-50, pictures a second of inference and of training, beside
 * PyTorch on as many threads.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { embedProgram } from "#mdr/embed/index.js";
import { wasmEngine } from "#mdr/engines/wasm/index.js";
import { parseSettings, weightsFrom } from "#mdr/runs/index.js";
import { named, type Tensor } from "#mdr/tensor/index.js";
import { evaluationHead, networkOf } from "#mdr/train/index.js";
import { contest, type Row } from "./measure.js";
import { wasm } from "./ours.js";
import { python, pytorch } from "./pytorch.js";
import { must, type StepWork, stepFlops } from "./step.js";

const writer = fileURLToPath(new URL("../../golden/published.py", import.meta.url));
const names = ["resnet18", "resnet50", "bn-inception"] as const;
const files = ["zip", "legacy", "half"] as const;

interface FileRow {
  readonly network: string;
  readonly file: string;
  readonly mib: number;
  readonly read_s: number;
  /** Of the embeddings, largest difference over largest magnitude. */
  readonly error: number;
}

const right = <A>(found: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(found)) throw new Error(found.left.message);
  return found.right;
};

const largestError = (got: Tensor, expected: readonly number[]): number => {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (got.data[index] ?? Number.NaN))), 0) / largest;
};

/** The rows of one network, whose files a Python has written into a folder of their own. */
const fileRows = async (interpreter: string, name: string, side: number, count: number): Promise<readonly FileRow[]> => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-published-"));
  const done = spawnSync(interpreter, ["-W", "ignore", writer, name, String(side), String(count), folder], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
  const expected = JSON.parse(readFileSync(join(folder, "embeddings.json"), "utf8")) as Readonly<Record<string, readonly number[]>>;
  const numbers = readFileSync(join(folder, "images.f32"));
  const images: Tensor = { shape: [count, side, side, 3], data: new Float32Array(new Uint8Array(numbers).buffer) };
  const settings = right(parseSettings("bench", { backbone: name, imageSize: side, embedding: 64 }));
  const engine = await must(wasmEngine({ threads: 2 }));
  const embedding = embedProgram({ network: right(networkOf(settings)), head: evaluationHead(settings), images: images.shape });
  const program = await must(engine.compile(embedding.shapes, embedding.program));
  const rows: FileRow[] = [];
  for (const file of files) {
    const path = join(folder, `${file}.pth`);
    const start = performance.now();
    const { tensors } = right(weightsFrom(path, settings));
    const read_s = (performance.now() - start) / 1000;
    const inputs = [...embedding.layout.map((slot) => named(tensors, slot.name)), images].map(engine.upload);
    const [y] = await must(program.run(inputs));
    const got = y === undefined ? undefined : await must(y.read);
    for (const resident of [...inputs, ...(y === undefined ? [] : [y])]) resident.release();
    if (got === undefined) throw new Error("nothing was embedded");
    rows.push({ network: name, file, mib: statSync(path).size / 2 ** 20, read_s, error: largestError(got, expected[file] ?? []) });
  }
  await must(engine.close);
  rmSync(folder, { recursive: true, force: true });
  return rows;
};

const works: readonly StepWork[] = [
  { kind: "inference", name: "inference resnet50", backbone: "resnet50", batch: 8, side: 224 },
  { kind: "step", name: "step resnet50", backbone: "resnet50", batch: 8, side: 224 },
];

const speedRows = async (rounds: number): Promise<readonly (Row & { readonly images_per_second: number | null })[]> => {
  const [ours, theirs] = [await wasm(2), pytorch([2])];
  const rows = [];
  for (const work of works) {
    const { run, rows: found } = contest(work, stepFlops(work), [ours, ...theirs]);
    await run(rounds);
    for (const row of found())
      rows.push({ ...row, images_per_second: row.median_ms === null ? null : (1000 * work.batch) / row.median_ms });
  }
  for (const contestant of [ours, ...theirs]) await contestant.close();
  return rows;
};

export const benchNetworks = async ({ asJson, quick }: { readonly asJson: boolean; readonly quick: boolean }): Promise<void> => {
  const interpreter = python();
  const read: FileRow[] = [];
  for (const name of interpreter === undefined ? [] : names) read.push(...(await fileRows(interpreter ?? "", name, quick ? 64 : 224, 2)));
  const speeds = await speedRows(quick ? 1 : 3);
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ read, speeds }, null, 2)}\n`);
    return;
  }
  const lines = [
    ...(interpreter === undefined ? ["no python3 here imports torch (Debian: apt-get install python3-torch)"] : []),
    ...read.map(
      ({ network, file, mib, read_s, error }) =>
        `${network.padEnd(13)} ${file.padEnd(7)} ${mib.toFixed(1).padStart(6)} MiB read in ${read_s.toFixed(2)} s; embeddings within ${error.toExponential(1)} of PyTorch's`,
    ),
    ...speeds.map(
      ({ name, engine, threads, images_per_second, gflops, reason }) =>
        `${name.padEnd(20)} ${`${engine} x${threads}`.padEnd(12)} ${images_per_second === null ? reason : `${images_per_second.toFixed(2)} pictures/s, ${gflops?.toFixed(1)} GFLOP/s`}`,
    ),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
};
