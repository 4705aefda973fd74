/** How good embeddings are at retrieval: exact neighbours, Recall@K and its relatives, clustering. */
export * from "./chance.js";
export * from "./clusters.js";
export * from "./evaluate.js";
export * from "./fields.js";
export * from "./histogram.js";
export * from "./neighbours.js";
export * from "./queries.js";
export * from "./retrieval.js";
