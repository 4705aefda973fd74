/** A run's folder: its settings, checkpoints and metrics; a run's stream written into it and taken up again from it. */
export * from "./beginning.js";
export { type CardInput, cardText, changedSettings, isOurCard } from "./card.js";
export * from "./checkpoint.js";
export * from "./division.js";
export { type Claim, claimFolder, identityOf, refusal } from "./folder.js";
export * from "./imported.js";
export * from "./log.js";
export { reportMark } from "./mark.js";
export * from "./migrations.js";
export * from "./names.js";
export * from "./perform.js";
export * from "./record.js";
export * from "./recorder.js";
export * from "./results.js";
export * from "./resume.js";
export * from "./settings.js";
export * from "./standing.js";
export * from "./thresholds.js";
