/** The part of this room that decodes nothing, and so needs no package in a page: settings, sources, crops, resampling, batches. */
export * from "./augment.js";
export * from "./batch.js";
export * from "./picture.js";
export * from "./resize.js";
export * from "./settings.js";
export * from "./source.js";
export * from "./vectorResample.js";
