/** What a data set is, without a pixel: descriptions, the registry of their kinds, splits by class, the sampler, the generated data set. */
export * from "./batchSize.js";
export * from "./description.js";
export * from "./division.js";
export { type DrawingSettings, drawImage } from "./generated/drawing.js";
export { encodeJpeg } from "./generated/jpegEncoder.js";
export { defaultDrawing, type Made, makeDataset } from "./generated/make.js";
export { type Scene, sceneOf } from "./generated/scene.js";
export { type Family, type Pattern, type PatternKind, type Species, speciesOf } from "./generated/species.js";
export { describeFolders } from "./kinds/folders.js";
export * from "./labels.js";
export * from "./order.js";
export * from "./recorded.js";
export * from "./registry.js";
export * from "./sampler.js";
export * from "./shares.js";
export * from "./split.js";
export * from "./tree.js";
