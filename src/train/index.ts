/** Training: recipes, the step as one program or as a split one, and a run as a stream of events. It knows no file, no flag and no screen. */
export * from "./advance.js";
export * from "./events.js";
export * from "./observe.js";
export * from "./plan.js";
export * from "./recipe.js";
export * from "./run.js";
export { seenSample } from "./seen.js";
export * from "./split.js";
export * from "./step.js";
export * from "./steps.js";
