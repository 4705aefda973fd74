/** Training: settings, the step as one program, the loop. */
export * from "./advance.js";
export * from "./divergence.js";
export * from "./loop.js";
export * from "./model.js";
export * from "./settings.js";
export * from "./step.js";
