/** The GPU.js engine: WebGPU, WebGL, WebAssembly or plain JavaScript behind one traced plan. */
export { type GpuBackend, type GpuMode, gpuBackends, isSoftwareName } from "./backends.js";
export { gpuEngine } from "./engine.js";
export type { GpuTensor } from "./plan.js";
