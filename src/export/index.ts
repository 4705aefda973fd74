/** Out to other programs: embeddings, a format each, chosen by the file's ending; a run's network as an ONNX model; its metrics as event files. */
export * from "./choice.js";
export { eventFile } from "./events/index.js";
export { momentsOf } from "./events/moments.js";
export * from "./exporter.js";
export { type LineFormat, lineExporter } from "./lines.js";
export { type Exported, onnxModel } from "./onnx/index.js";
export * from "./rows.js";
