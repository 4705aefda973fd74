/**
 * The mission: Multi-level Distance Regularization and what it stands beside. Each file is one idea of the paper, a pure
 * function over `Kernels<T>` with its gradient beside it. Knows no network and no file.
 */
export * from "./distances.js";
export * from "./head.js";
export * from "./levels.js";
export * from "./masks.js";
export * from "./mdr.js";
export * from "./mining.js";
export * from "./normalise.js";
export * from "./objective.js";
export * from "./statistics.js";
export * from "./triplet.js";
