/** PyTorch as a contestant: a Python process for each number of threads, and one for CUDA, asked line by line. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { absent, type Contestant, type Measured } from "./contestant.js";

const SCRIPT = fileURLToPath(new URL("../../bench/peers/pytorch.py", import.meta.url));

/** The first Python here that has PyTorch. */
export const python = (): string | undefined =>
  ["python3", "/usr/bin/python3"].find((candidate) => spawnSync(candidate, ["-c", "import torch"]).status === 0);

const missing = "no python3 here imports torch (Debian: apt-get install python3-torch)";

/**
 * How many threads, and to keep the memory once taken: given back after each step, as the C library does with large blocks unless told
 * otherwise, its pages are mapped anew in the next, which on a virtual machine took PyTorch longer than the step itself.
 */
export const peerEnvironment = (threads: number): NodeJS.ProcessEnv => ({
  ...process.env,
  OMP_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
  MALLOC_MMAP_MAX_: "0",
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
  MALLOC_TOP_PAD_: String(2 ** 28),
});

const asked = (interpreter: string, engine: string, count: number): Contestant => {
  const child = spawn(interpreter, [SCRIPT], {
    stdio: ["pipe", "pipe", "ignore"],
    env: peerEnvironment(count),
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    engine,
    threads: count,
    measure: async (work) => {
      child.stdin.write(`${JSON.stringify({ threads: count, work })}\n`);
      const answer = await lines.next();
      return answer.done === true ? { reason: "the Python process ended" } : (JSON.parse(answer.value) as Measured);
    },
    forget: async () => undefined,
    close: async () => {
      child.stdin.end();
      child.kill();
    },
  };
};

export const pytorch = (threads: readonly number[]): readonly Contestant[] => {
  const interpreter = python();
  return threads.map((count) => (interpreter === undefined ? absent("pytorch", count, missing) : asked(interpreter, "pytorch", count)));
};

/** For work that asks for `device: "cuda"`; its reason where there is none. */
export const pytorchCuda = (): Contestant => {
  const interpreter = python();
  return interpreter === undefined ? absent("pytorch cuda", 1, missing) : asked(interpreter, "pytorch cuda", 1);
};
