/**
 * The wasm engine: AssemblyScript kernels (`assembly/`) over one shared memory. A program is traced once into a list of
 * commands (`trace`, with one recorder a kind of kernel), made smaller (`fuse`), laid out in an arena (`plan`), and
 * walked by every thread with a barrier between commands, without a round trip to JavaScript.
 */
export type { Arithmetic } from "./arithmetic.js";
export { type WasmEngine, type WasmOptions, wasmEngine } from "./engine.js";
export { arithmeticOf } from "./opener.js";
export type { WasmTensor } from "./trace.js";
