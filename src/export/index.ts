/** Embeddings out to files that other programs read: a format each, chosen by the file's ending. */
export * from "./choice.js";
export * from "./exporter.js";
export { type LineFormat, lineExporter } from "./lines.js";
export * from "./rows.js";
