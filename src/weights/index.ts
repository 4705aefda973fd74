/** Weights in files: the safetensors format, and what PyTorch writes. */
export * from "./open.js";
export * from "./safetensors.js";
