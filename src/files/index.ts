/** The file system at the edge: whole writes. */
export * from "./whole.js";
