/**
 * Verification: every formula on every engine, held against PyTorch's golden numbers, central differences and the reference.
 * Runs from an installed package: the golden files ship with it.
 */

export { boundOf } from "./bounds.js";
export { type GoldenCase, parseGoldens, precisionOf } from "./golden.js";
export { verifyKernels } from "./kernels.js";
export {
  type Against,
  type Check,
  type KernelCheck,
  renderReport,
  reportAsJson,
  reportOf,
  type VerifyReport,
} from "./report.js";
export type { Outcome, Subject } from "./subject.js";
export { goldenFiles, readGoldens, subjects } from "./subjects.js";
export { type Progress, verifyAgainst, verifyEngines } from "./verify.js";
