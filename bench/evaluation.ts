/**
 * `npm run bench -- evaluation`: Recall@1, 10, 100 and 1000, R-precision and MAP@R of embeddings of 512 numbers in classes of SOP's size,
 * each among all others; by this program and by PyTorch's matrix product and top-k in chunks, one after the other, each in a process of
 * its own that both time and memory are taken of. Reading the file is not counted.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { seeded, split, uniforms } from "#mdr/random/index.js";
import { python } from "./pytorch.js";

/** What each process says of itself. */
export interface EvaluationMeasured {
  readonly seconds: number;
  readonly peak_mib: number;
  readonly scores: Readonly<Record<string, number>>;
}

const width = 512;
/** Of SOP's test half, 60,502 pictures of 11,316 classes. */
const picturesOfClass = 60_502 / 11_316;

/** Points about the centre of their class, near enough that some find their own and some do not: rows of float32, then labels. */
const write = (path: string, size: number): void => {
  const labels = Int32Array.from({ length: size }, (_, row) => Math.floor(row / picturesOfClass));
  const classes = (labels.at(-1) ?? 0) + 1;
  const [centres] = uniforms(classes * width, split(seeded(1), "centres"));
  const [offsets] = uniforms(size * width, split(seeded(1), "offsets"));
  const data = new Float32Array(size * width);
  for (let at = 0; at < data.length; at++) {
    const label = labels[Math.floor(at / width)] ?? 0;
    data[at] = (centres[label * width + (at % width)] ?? 0) + 2.5 * (offsets[at] ?? 0);
  }
  writeFileSync(path, Buffer.concat([Buffer.from(data.buffer), Buffer.from(labels.buffer)]));
};

const measuredBy = (what: string, program: string, words: readonly string[]): EvaluationMeasured => {
  process.stderr.write(`${what}\n`);
  const run = spawnSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (run.status !== 0) throw new Error(`${what} failed`);
  return JSON.parse(run.stdout) as EvaluationMeasured;
};

export const benchEvaluation = (size: number, { asJson }: { readonly asJson: boolean }): void => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-evaluation-"));
  try {
    const file = join(folder, "embeddings");
    write(file, size);
    const given = [file, String(size), String(width)];
    const ours = measuredBy("ours", process.execPath, [fileURLToPath(new URL("./evaluationOurs.js", import.meta.url)), ...given]);
    const interpreter = python();
    const peer = fileURLToPath(new URL("../../bench/peers/evaluation.py", import.meta.url));
    const torch = (k: number) =>
      interpreter === undefined ? undefined : measuredBy(`PyTorch, ${k} neighbours`, interpreter, [peer, ...given, String(k)]);
    const rows = { ours, "pytorch@8": torch(8), "pytorch@1000": torch(1000) };
    const ratio = (other: EvaluationMeasured | undefined) => (other === undefined ? null : ours.seconds / other.seconds);
    const ratios = { "ours over pytorch@8": ratio(rows["pytorch@8"]), "ours over pytorch@1000": ratio(rows["pytorch@1000"]) };
    const line = ([name, row]: readonly [string, EvaluationMeasured | undefined]): string =>
      row === undefined
        ? `${name.padEnd(24)} no python3 here imports torch`
        : `${name.padEnd(24)} ${row.seconds.toFixed(1)} s, peak memory ${row.peak_mib.toFixed(0)} MiB; ` +
          Object.entries(row.scores)
            .map(([score, share]) => `${score} ${(100 * share).toFixed(2)}`)
            .join(", ");
    process.stdout.write(
      asJson
        ? `${JSON.stringify({ size, width, ...rows, ratios }, null, 2)}\n`
        : `${size} embeddings of ${width} numbers\n${Object.entries(rows).map(line).join("\n")}\n${Object.entries(ratios)
            .map(([name, value]) => `${name.padEnd(24)} ${value === null ? "null" : value.toFixed(2)}`)
            .join("\n")}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
