/** The file system at the edge: the only room that writes; the one walk over pictures; records of several versions; CSV. */
export * from "./change.js";
export * from "./csv.js";
export * from "./lock.js";
export * from "./read.js";
export * from "./seal.js";
export * from "./version.js";
export * from "./versions.js";
export * from "./walk.js";
export * from "./whole.js";
export * from "./writer.js";
