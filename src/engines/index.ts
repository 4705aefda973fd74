/** The Engine record and the engines behind it. */
export * from "./algebra.js";
export * from "./choose.js";
export * from "./composed.js";
export * from "./engine.js";
export * from "./geometry.js";
export * from "./gpu/index.js";
export * from "./opener.js";
export * from "./reference/index.js";
export * from "./wasm/index.js";
