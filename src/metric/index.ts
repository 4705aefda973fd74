/**
 * The mission: Multi-level Distance Regularization and what it stands beside. Each file is one idea of the paper, a pure
 * function over `Kernels<T>` with its gradient beside it; losses, miners, heads and regularizers are registries of one file
 * each, and `objective` joins a choice of them. Knows no network and no file.
 */
export * from "./criterion.js";
export * from "./distances.js";
export * from "./heads/index.js";
export * from "./levels.js";
export * from "./losses/index.js";
export * from "./masks.js";
export * from "./mdr.js";
export * from "./mining/index.js";
export * from "./normalise.js";
export * from "./objective.js";
export * from "./regularizers/index.js";
export * from "./statistics.js";
