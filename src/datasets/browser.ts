/** The part of this room that needs no Node: how classes are divided and batches drawn, and the species of the generated data set. */
export * from "./batchSize.js";
export * from "./division.js";
export { type Scene, sceneAt, sceneOf } from "./generated/scene.js";
export { type Family, type Pattern, type PatternKind, type Species, speciesOf } from "./generated/species.js";
export * from "./order.js";
export * from "./sampler.js";
export * from "./split.js";
