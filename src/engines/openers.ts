/** The registry of engines: what this file exports, each by the name that a run chooses it by. */
export { gpuOpener as gpu } from "./gpu/opener.js";
export { referenceOpener as reference } from "./reference/opener.js";
export { wasmOpener as wasm } from "./wasm/opener.js";
