/** Networks that other programs made, in ONNX: pictures to vectors, by a runtime that the user installs. */
export * from "./features.js";
export * from "./look.js";
export * from "./model.js";
export * from "./runtime.js";
export * from "./stated.js";
