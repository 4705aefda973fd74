/** Decoded pictures: made ready once, kept on disk in shards, given out as batches. */
export * from "./batches.js";
export * from "./memory.js";
export * from "./places.js";
export type { Read } from "./reading.js";
export { contentHash, type Readying } from "./ready.js";
export * from "./settings.js";
export * from "./shard.js";
export * from "./sources.js";
export * from "./store.js";
export type { Listed, OpenOptions, ViewSettings } from "./stored.js";
