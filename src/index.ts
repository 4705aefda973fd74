/**
 * The library: Multi-level Distance Regularization as pure functions, the engines that run them, and everything around
 * them that needs no command line.
 *
 * @example
 * import { pairwiseDistances, referenceKernels as k, unsafeTensor } from "mdr-ts";
 * const embeddings = unsafeTensor([3, 1], [0, 1, 4]);
 * const [distances, pull] = pairwiseDistances(k)(embeddings);
 * [...distances.data]; // => [0, 1, 4, 1, 0, 3, 4, 3, 0]
 * // How the sum of all distances changes with each embedding.
 * Array.from(pull(unsafeTensor([3, 3], Array(9).fill(1))).data, (d) => d.toFixed(6)); // => ["-4.000000", "0.000000", "4.000000"]
 */
export * from "./baselines/index.js";
export * from "./browser.js";
export type { Description } from "./datasets/index.js";
export * from "./datasets/index.js";
export * from "./export/index.js";
export * from "./files/index.js";
export type { Batch } from "./metric/index.js";
export * from "./pictures/index.js";
export * from "./runs/index.js";
export * from "./store/index.js";
