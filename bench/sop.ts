/**
 * `npm run bench -- sop [--pictures 50000]`: as many pictures as Stanford Online Products has, in its own format, through one epoch of the
 * compact network and its evaluation: how long it takes, when the first step is done, and the most memory that the process had. The
 * pictures are few, drawn at 256 x 256; each file has a comment of its own, so that no content comes twice.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawImage } from "#mdr/datasets/index.js";

const bin = fileURLToPath(new URL("../../bin/mdr.js", import.meta.url));

/** SOP has 5.3 of a class. */
const ofClass = 5;
const distinct = 16;
const batch = 64;

/** The JPEG with a comment behind its first marker: another content, the same picture. */
export const commented = (jpeg: Uint8Array, text: string): Uint8Array => {
  const comment = Buffer.from(text);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, comment.length + 2]), comment, jpeg.subarray(2)]);
};

/** The first half of the classes trains, the other tests. Returns how many pictures train. */
const writeData = (root: string, count: number): number => {
  const drawing = { seed: 1, classes: distinct, imagesPerClass: 1, size: 256 };
  const pictures = Array.from({ length: distinct }, (_, number) => drawImage(drawing, number, number));
  const pathOf = (number: number): string => `folder${Math.floor(number / 1000)}_final/${number}.JPG`;
  for (let first = 0; first < count; first += 1000) mkdirSync(join(root, `folder${first / 1000}_final`), { recursive: true });
  const row = (number: number): string => `${number + 1} ${Math.floor(number / ofClass) + 1} 1 ${pathOf(number)}`;
  const numbers = Array.from({ length: count }, (_, number) => number);
  for (const number of numbers) {
    const own = pictures[Math.floor(number / ofClass) % distinct] ?? new Uint8Array(0);
    writeFileSync(join(root, pathOf(number)), commented(own, `picture ${number}`));
  }
  const training = ofClass * Math.ceil(count / ofClass / 2);
  const list = (some: readonly number[]): string => ["image_id class_id super_class_id path", ...some.map(row), ""].join("\n");
  writeFileSync(join(root, "Ebay_train.txt"), list(numbers.slice(0, training)));
  writeFileSync(join(root, "Ebay_test.txt"), list(numbers.slice(training)));
  return training;
};

/** Most memory that a process, all its threads included, has had until now, in MiB; undefined where the system does not say. */
const peakOf = (pid: number): number | undefined => {
  const status = `/proc/${pid}/status`;
  const found = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1] : undefined;
  return found === undefined ? undefined : Number(found) / 1024;
};

interface SopMeasured {
  readonly pictures: number;
  readonly steps: number;
  readonly seconds: number;
  readonly seconds_to_first_step: number | null;
  readonly peak_mib: number | null;
}

export const benchSop = async (count: number, { asJson }: { readonly asJson: boolean }): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-sop-"));
  try {
    const training = writeData(join(folder, "Stanford_Online_Products"), count);
    const steps = Math.ceil(training / batch);
    const run = join(folder, "run");
    const settings = ["--engine", "wasm", "--epochs", "1", "--iterations", String(steps), "--batch", String(batch), "--per-class", "4"];
    const started = performance.now();
    const child = spawn(process.execPath, [bin, "train", "--dataset", "sop", "--data", folder, "--out", run, "--json", ...settings], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    let peak: number | undefined;
    let first: number | undefined;
    const watch = setInterval(() => {
      peak = peakOf(child.pid ?? 0) ?? peak;
      const metrics = join(run, "metrics.jsonl");
      if (first === undefined && existsSync(metrics) && readFileSync(metrics, "utf8").includes('"event":"step"'))
        first = (performance.now() - started) / 1000;
    }, 250);
    const [code] = (await once(child, "exit")) as [number | null];
    clearInterval(watch);
    if (code !== 0) throw new Error(`the run ended with ${code}`);
    const measured: SopMeasured = {
      pictures: count,
      steps,
      seconds: (performance.now() - started) / 1000,
      seconds_to_first_step: first ?? null,
      peak_mib: peak ?? null,
    };
    process.stdout.write(
      asJson
        ? `${JSON.stringify(measured, null, 2)}\n`
        : `${count} pictures of 256 x 256: ${steps} steps of ${batch} and two evaluations in ${measured.seconds.toFixed(0)} s, the first step done after ` +
            `${first?.toFixed(0) ?? "-"} s, peak memory of the process ${peak?.toFixed(0) ?? "-"} MiB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
