/** The compiled kernels: found, compiled, and instantiated over a memory. */
import { inNode } from "./threads.js";

export interface KernelExports {
  readonly run: (program: number, count: number, threads: number, maySleep: number) => void;
  readonly quit: () => void;
  /** The number that means this opcode. */
  readonly opcode: (name: string) => number;
  /** A loop of 16 vector operations (64 flops) a round, for measuring what the processor can do at most. */
  readonly peak: (rounds: number) => number;
}

/** From the sources (a test run) the binary lies in dist/, as built; otherwise beside this file. */
const binaryAddress = (): URL => {
  const beside = new URL("./kernels.wasm", import.meta.url);
  return beside.pathname.includes("/src/engines/wasm/") ? new URL("../../../dist/engines/wasm/kernels.wasm", import.meta.url) : beside;
};

export const loadModule = async (address: URL = binaryAddress()): Promise<WebAssembly.Module> => {
  if (inNode() && address.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
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
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, abort } });
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
