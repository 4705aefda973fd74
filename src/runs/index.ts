/** A run's folder: checkpoints and the log of its metrics. */
export * from "./checkpoint.js";
export * from "./log.js";
