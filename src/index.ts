/**
 * The library: Multi-level Distance Regularization as pure functions, the engines that run them, and everything around
 * them that needs no command line.
 *
 * @example
 * import { mdrLoss, pairwiseDistances, referenceKernels as k, scalar, tensor, vector } from "mdr-ts";
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
