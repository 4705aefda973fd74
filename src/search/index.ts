/** Finding similar pictures: an index of a folder's embeddings that is kept up to date, and what is near to what in it. */
export * from "./entry.js";
