/** Bytes to pixels and pixels to a network's input: decoding, resizing, augmentation, batches, and sources of pictures. */
export * from "./browser.js";
export * from "./decode.js";
export * from "./exif.js";
export * from "./jpegFile.js";
export * from "./limits.js";
export * from "./pngFile.js";
export * from "./square.js";
