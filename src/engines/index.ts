/** The Engine record and the engines behind it. */
export * from "./algebra.js";
export * from "./choose.js";
export * from "./composed.js";
export * from "./engine.js";
export * from "./geometry.js";
export * from "./opener.js";
export { referenceEngine, referenceKernels } from "./reference/index.js";
