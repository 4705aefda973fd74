/** Matrices in files: vectors that another program made, by the ending of the file. */
export * from "./matrix.js";
export * from "./npy.js";
export * from "./read.js";
