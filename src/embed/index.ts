/** Pictures to embeddings, batch after batch. */
export * from "./embed.js";
