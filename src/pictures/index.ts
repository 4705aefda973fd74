/** Bytes to pixels and pixels to a network's input: decoding, resizing, augmentation, batches. */
export * from "./augment.js";
export * from "./batch.js";
export * from "./decode.js";
export * from "./jpeg.js";
export * from "./picture.js";
export * from "./png.js";
export * from "./resize.js";
export * from "./settings.js";
export * from "./source.js";
export * from "./vectorResample.js";
