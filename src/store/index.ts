/** Decoded pictures: made ready once, kept on disk in shards, given out as batches; and vectors that stand for pictures, read from a file. */
export * from "./batches.js";
export type { Rest } from "./filling.js";
export * from "./looks.js";
export * from "./memory.js";
export * from "./opened.js";
export * from "./origin.js";
export * from "./places.js";
export type { Read } from "./reading.js";
export { contentHash, type Readying } from "./ready.js";
export * from "./settings.js";
export * from "./shard.js";
export * from "./sources.js";
export * from "./store.js";
export type { Kept, Listed, OpenOptions, ViewSettings } from "./stored.js";
export * from "./vectors.js";
