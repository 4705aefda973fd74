/** The part of this folder that knows no file, and so runs in a page too: all but checkpoints, logs, folders of pictures and the loop. */
export * from "./embed.js";
export * from "./engine-choice.js";
export * from "./fault.js";
export * from "./histogram.js";
export * from "./layout.js";
export * from "./model.js";
export * from "./safetensors.js";
export * from "./settings.js";
export * from "./step.js";
