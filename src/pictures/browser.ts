/** The part of this room that needs neither Node nor a package: settings, sources, crops, resampling, batches, and the browser's own decoder. */
export * from "./alike.js";
export * from "./augment.js";
export * from "./batch.js";
export * from "./bitmap.js";
export * from "./perceptual.js";
export * from "./picture.js";
export * from "./resize.js";
export * from "./settings.js";
export * from "./source.js";
export * from "./spares.js";
export * from "./vectorResample.js";
