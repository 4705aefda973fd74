/** One kernel of a WebGPU engine of our own, as evidence for docs/webgpu.md: tiled products whose results stay on the device. */
export { type WebGpuEngine, type WebGpuOptions, webGpuEngine } from "./engine.js";
export type { WebGpuKernels } from "./kernels.js";
export { type Tile, tileFor } from "./tile.js";
export type { WebGpuTensor } from "./trace.js";
