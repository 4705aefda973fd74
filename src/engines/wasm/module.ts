/** The compiled kernels: found, compiled, and instantiated over a memory. */
import type { Arithmetic } from "./arithmetic.js";
import { inNode } from "./threads.js";

export interface KernelExports {
  readonly run: (program: number, count: number, threads: number, maySleep: number) => void;
  readonly quit: () => void;
  /** The number that means this opcode. */
  readonly opcode: (name: string) => number;
  /** A loop of 16 vector operations (64 flops) a round, for measuring what the processor can do at most. */
  readonly peak: (rounds: number) => number;
}

/** For each arithmetic, with shared memory and without: a module takes one kind only. */
type Addresses = Readonly<Record<Arithmetic, readonly [shared: URL, unshared: URL]>>;

/** Beside this file; from the sources (a test run) in dist/, as built. Written out, so that bundlers find all. */
const addresses = (): Addresses =>
  import.meta.url.includes("/src/engines/wasm/")
    ? {
        plain: [
          new URL("../../../dist/engines/wasm/kernels.wasm", import.meta.url),
          new URL("../../../dist/engines/wasm/kernels-unshared.wasm", import.meta.url),
        ],
        fused: [
          new URL("../../../dist/engines/wasm/kernels-fused.wasm", import.meta.url),
          new URL("../../../dist/engines/wasm/kernels-fused-unshared.wasm", import.meta.url),
        ],
      }
    : {
        plain: [new URL("./kernels.wasm", import.meta.url), new URL("./kernels-unshared.wasm", import.meta.url)],
        fused: [new URL("./kernels-fused.wasm", import.meta.url), new URL("./kernels-fused-unshared.wasm", import.meta.url)],
      };

const besides = (binary: URL): Addresses => ({
  plain: [binary, new URL("kernels-unshared.wasm", binary)],
  fused: [new URL("kernels-fused.wasm", binary), new URL("kernels-fused-unshared.wasm", binary)],
});

/** The address of the binary of this arithmetic for this kind of memory. */
export const addressOf = (arithmetic: Arithmetic, shared: boolean, binary: URL | undefined): URL =>
  (binary === undefined ? addresses() : besides(binary))[arithmetic][shared ? 0 : 1];

export const loadModule = async (address: URL): Promise<WebAssembly.Module> => {
  if (inNode() && address.protocol === "file:") {
    // Not a literal, so that a bundler for the browser does not follow it.
    const name = "node:fs/promises";
    const { readFile } = (await import(/* @vite-ignore */ name)) as typeof import("node:fs/promises");
    return WebAssembly.compile(await readFile(address));
  }
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.href} answered ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
};

export const instantiate = async (module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<KernelExports> => {
  const abort = (): never => {
    throw new Error("a wasm kernel aborted");
  };
  const words = new Int32Array(memory.buffer);
  const sleepOn = (word: number, seen: number): void => {
    Atomics.wait(words, word / Int32Array.BYTES_PER_ELEMENT, seen);
  };
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, abort, sleepOn } });
  return {
    run: exports.run as KernelExports["run"],
    quit: exports.quit as KernelExports["quit"],
    peak: exports.peak as KernelExports["peak"],
    opcode: (name) => {
      const value = exports[`Opcode.${name}`];
      if (!(value instanceof WebAssembly.Global)) throw new Error(`kernels.wasm knows no ${name}: run \`npm run build\` again`);
      return value.value;
    },
  };
};
