/** How good embeddings are at retrieval: exact neighbours, Recall@K and its relatives, clustering. */
export * from "./centres.js";
export * from "./chance.js";
export * from "./clusters.js";
export { type CountingOptions, countedFound } from "./counting.js";
export * from "./evaluate.js";
export * from "./fields.js";
export * from "./found.js";
export type { Rows } from "./frame.js";
export * from "./gathered.js";
export * from "./histogram.js";
export * from "./information.js";
export * from "./neighbours.js";
export * from "./queries.js";
export * from "./retrieval.js";
export * from "./spread.js";
export * from "./suspects.js";
export * from "./thresholds.js";
export * from "./tsne.js";
