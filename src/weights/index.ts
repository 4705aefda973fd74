/** Weights in files: the safetensors format. */
export * from "./safetensors.js";
