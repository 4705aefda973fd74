/** Pullbacks and their composition, and the gradient check. */
export * from "./pullback.js";
