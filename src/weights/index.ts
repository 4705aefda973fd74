/** Weights in files: the safetensors format, and what PyTorch writes. */
export { halfOf } from "./numberTypes.js";
export * from "./open.js";
export * from "./safetensors.js";
