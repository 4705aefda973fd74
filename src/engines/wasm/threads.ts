/** Worker threads over one shared memory, in Node and in browsers: each sleeps in wasm until a program is there. */

export interface Threads {
  /** How many take part, the caller's own thread among them. */
  readonly count: number;
  /** Why it is one, where more were asked for. */
  readonly reason: string | undefined;
  /** Whether the caller's thread may sleep at a barrier (a browser's page may not). */
  readonly maySleep: boolean;
  readonly close: () => Promise<void>;
}

interface Assignment {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
}

/*
 * The whole program of a worker, as source text: it needs no file of its own, so bundlers and test runners have nothing
 * to resolve. It reports that it is about to sleep, because from then on it cannot receive messages.
 */
const WORKER = `
const start = ({ module, memory, thread, threads }, ready) => {
  const abort = () => { throw new Error("wasm kernel aborted"); };
  const words = new Int32Array(memory.buffer);
  const sleepOn = (word, seen) => { Atomics.wait(words, word / Int32Array.BYTES_PER_ELEMENT, seen); };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort, sleepOn } });
  ready();
  exports.work(thread, threads, 0);
};
if (typeof self === "undefined") {
  const { parentPort, workerData } = require("node:worker_threads");
  start(workerData, () => parentPort.postMessage("ready"));
} else {
  self.onmessage = ({ data }) => start(data, () => self.postMessage("ready"));
}
`;

export const inNode = (): boolean => typeof process !== "undefined" && typeof process.versions?.node === "string";

/** Threads that make sense here. */
export const processors = async (): Promise<number> => {
  if (!inNode()) return globalThis.navigator?.hardwareConcurrency ?? 1;
  // Not a literal, so that a bundler for the browser does not follow it.
  const name = "node:os";
  return ((await import(/* @vite-ignore */ name)) as typeof import("node:os")).availableParallelism();
};

/** Memory, shared between threads unless `unshared` says why it is not. */
export interface ThreadMemory {
  readonly memory: WebAssembly.Memory;
  readonly unshared: string | undefined;
}

/** Shared memory where this host lends it: Node always, a page only if it is cross-origin isolated. */
export const openMemory = (initial: number, maximum: number, mayShare: boolean): ThreadMemory => {
  const alone = (unshared: string): ThreadMemory => ({ memory: new WebAssembly.Memory({ initial, maximum }), unshared });
  if (!mayShare) return alone("sharedMemory is off");
  if (globalThis.crossOriginIsolated === false) {
    return alone("this page is not cross-origin isolated, so memory cannot be shared: send the COOP and COEP headers for more threads");
  }
  try {
    return { memory: new WebAssembly.Memory({ initial, maximum, shared: true }), unshared: undefined };
  } catch (cause) {
    return alone(`shared memory could not be made: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
};

const nodeWorker = async (assignment: Assignment): Promise<() => Promise<void>> => {
  const name = "node:worker_threads";
  const { Worker } = (await import(/* @vite-ignore */ name)) as typeof import("node:worker_threads");
  const worker = new Worker(WORKER, { eval: true, workerData: assignment });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });
  worker.unref();
  return async () => {
    await worker.terminate();
  };
};

const pageWorker = async (assignment: Assignment): Promise<() => Promise<void>> => {
  const address = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  const worker = new Worker(address);
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(assignment);
  });
  URL.revokeObjectURL(address);
  return async () => worker.terminate();
};

/** Starts `wanted - 1` workers; where that is not possible, the caller's thread works alone and `reason` says why. */
export const startThreads = async (
  module: WebAssembly.Module,
  { memory, unshared }: ThreadMemory,
  wanted: number,
  quit: () => void,
): Promise<Threads> => {
  const maySleep = inNode() || typeof globalThis.document === "undefined";
  const alone = (reason: string | undefined): Threads => ({ count: 1, reason, maySleep, close: async () => undefined });
  if (wanted <= 1) return alone(undefined);
  if (unshared !== undefined) return alone(unshared);
  const start = inNode() ? nodeWorker : pageWorker;
  const started = await Promise.allSettled(
    Array.from({ length: wanted - 1 }, (_, index) => start({ module, memory, thread: index + 1, threads: wanted })),
  );
  const ends = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const close = async (): Promise<void> => {
    quit();
    await Promise.all(ends.map((end) => end()));
  };
  const failed = started.find((result) => result.status === "rejected");
  if (failed === undefined) return { count: wanted, reason: undefined, maySleep, close };
  await close();
  return alone(`worker threads did not start: ${failed.reason}`);
};
