/** The library as a page gets it: all of it that reaches no module of Node. docs/browser.md says how to load it. */
export * from "./autodiff/index.js";
export * from "./embed/index.js";
export * from "./engines/index.js";
export * from "./evaluate/index.js";
export * from "./faults/index.js";
export * from "./metric/index.js";
export * from "./nn/index.js";
export * from "./optim/index.js";
export { bitmapPicture, type GivenBatch, type Picture, type PictureSource, type TrainingSource } from "./pictures/browser.js";
export * from "./random/index.js";
export * from "./settings/index.js";
export * from "./tensor/index.js";
export * from "./train/index.js";
export {
  type Check,
  type GoldenCase,
  parseGoldens,
  readGoldens,
  renderReport,
  reportAsJson,
  type VerifyReport,
  verifyAgainst,
  verifyEngines,
} from "./verify/index.js";
export { decodeTensors, decodeWeights, encodeTensors } from "./weights/index.js";
