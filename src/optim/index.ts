/** Optimisers and learning-rate schedules. State goes in and comes out; nothing is kept. */
export * from "./adam.js";
export * from "./fields.js";
export * from "./schedule.js";
export * from "./sgd.js";
