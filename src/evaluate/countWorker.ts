/** The thread that counts: it calls the kernels of assembly/ranks.ts over a memory that it is handed. */
import { parentPort } from "node:worker_threads";
import type { Parcel } from "../workers/index.js";
import type { Call } from "./frame.js";

type Kernels = Readonly<Record<Call["name"], (...args: readonly number[]) => void>>;

parentPort?.on("message", ({ index, content: { module, memory, name, args } }: Parcel<Call>) => {
  const abort = (): never => {
    throw new Error("a wasm kernel aborted");
  };
  const kernels = new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernels;
  kernels[name](...args);
  parentPort?.postMessage({ index, content: null } satisfies Parcel<null>);
});
