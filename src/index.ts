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
export * from "./autodiff/index.js";
export * from "./data/index.js";
export * from "./engines/gpu/index.js";
export * from "./engines/index.js";
export * from "./engines/wasm/index.js";
export * from "./evaluate/index.js";
export * from "./metric/index.js";
export * from "./nn/index.js";
export * from "./optim/index.js";
export * from "./random/index.js";
export * from "./tensor/index.js";
export {
  buildNetwork,
  decodeTensors,
  defaults,
  embedder,
  encodeTensors,
  type Fault,
  initialTensors,
  loadCheckpoint,
  openEngine,
  openSplit,
  parseSettings,
  type Run,
  type RunResult,
  type Settings,
  saveCheckpoint,
  train,
  trainingStep,
} from "./train/index.js";
export { type Check, readGoldens, renderReport, reportAsJson, type VerifyReport, verifyEngines } from "./verify/index.js";
