/** Decoded pictures: made ready once, kept on disk, given out as batches. */
export * from "./cache.js";
export * from "./dataset.js";
export * from "./pictures.js";
export * from "./settings.js";
export * from "./store.js";
