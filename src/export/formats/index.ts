/** The registry of exporters: what this file exports, each by the ending of its files, without the dot. */
export { exporter as arrow } from "./arrow.js";
export { exporter as csv } from "./csv.js";
export { exporter as jsonl } from "./jsonl.js";
export { exporter as npy } from "./npy.js";
export { exporter as parquet } from "./parquet.js";
export { exporter as safetensors } from "./safetensors.js";
export { exporter as tsv } from "./tsv.js";
