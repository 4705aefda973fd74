/** Out to other programs: embeddings, a format each, chosen by the file's ending; a run's network as an ONNX model. */
export * from "./choice.js";
export * from "./exporter.js";
export { type LineFormat, lineExporter } from "./lines.js";
export { type Exported, onnxModel } from "./onnx/index.js";
export * from "./rows.js";
