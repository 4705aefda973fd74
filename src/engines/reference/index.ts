/** The reference engine: float64 loops over plain tensors, one kernel beside the next. */
export { referenceEngine, referenceKernels } from "./engine.js";
