/** Pullbacks and their composition, and the gradient check. */
export * from "./check.js";
export * from "./pullback.js";
