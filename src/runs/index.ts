/** A run's folder: its settings, checkpoints and metrics; a run's stream written into it and taken up again from it. */
export * from "./checkpoint.js";
export * from "./log.js";
export * from "./migrations.js";
export * from "./perform.js";
export * from "./recorder.js";
export * from "./settings.js";
