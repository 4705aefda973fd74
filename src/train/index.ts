/**
 * Training and the use of what it made: settings, the step as one program, the loop, checkpoints, logs, embeddings, and
 * the choice of an engine.
 */
export * from "./checkpoint.js";
export * from "./embed.js";
export * from "./engine-choice.js";
export * from "./fault.js";
export * from "./histogram.js";
export * from "./layout.js";
export * from "./log.js";
export * from "./loop.js";
export * from "./model.js";
export * from "./pictures.js";
export * from "./safetensors.js";
export * from "./settings.js";
export * from "./step.js";
