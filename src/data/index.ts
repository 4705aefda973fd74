/**
 * Pictures on disk to batches for a network: decoding, resizing, augmentation, class-folder trees and their packed cache,
 * splits by class, the m-per-class sampler, and the generated data set.
 */

export { type Append, type WriteOptions, writeWhole } from "./atomic.js";
export {
  type Augmentation,
  type ChannelStatistics,
  evaluationAugmentation,
  imagenetStatistics,
  type RandomCrop,
  randomCropBox,
  recipeCrop,
  storedSide,
  trainingAugmentation,
} from "./augment.js";
export { type Batch, batch, type PackedPictures } from "./batch.js";
export { type Cache, type CacheEntry, cachePaths, readCache, userCacheFolder, writeCache } from "./cache.js";
export { type Dataset, type DatasetSettings, openDataset } from "./dataset.js";
export { decodeImage, defaultMaxPixels } from "./decode.js";
export { codeOf, type DataError, dataError, reasonOf } from "./errors.js";
export { type DrawingSettings, drawImage } from "./generated/drawing.js";
export { encodeJpeg } from "./generated/jpegEncoder.js";
export { defaultDrawing, type Made, makeDataset } from "./generated/make.js";
export { type Scene, sceneOf } from "./generated/scene.js";
export { type Family, type Pattern, type PatternKind, type Species, speciesOf } from "./generated/species.js";
export { type Box, centreBox, contactSheet, cropped, flipped, type Picture, upright } from "./picture.js";
export type { Progress } from "./pool.js";
export { type ResizeFilter, resampleTaps, resized, type Taps } from "./resize.js";
export { classBalancedSampler, type Sampler, type SamplerSettings } from "./sampler.js";
export { firstHalf, type Labelled, type Split, type SplitRule, type Subset, splitByClass, subsetOf } from "./split.js";
export { type ImageClass, type ImageTree, manifestName, scanImageTree } from "./tree.js";
