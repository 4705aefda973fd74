/**
 * Training and the use of what it made: settings, the step as one program, the loop, checkpoints, logs, embeddings, and
 * the choice of an engine.
 */
export * from "./browser.js";
export * from "./checkpoint.js";
export * from "./log.js";
export * from "./loop.js";
export * from "./pictures.js";
