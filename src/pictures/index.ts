/** Bytes to pixels and pixels to a network's input: decoding, resizing, augmentation, batches, and sources of pictures. */
export * from "./browser.js";
export * from "./decode.js";
export * from "./jpeg.js";
export * from "./png.js";
