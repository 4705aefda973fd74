/** Layers and networks: values that list their parameters, with a pure forward pass that returns its own pullback. */
export * from "./backbone.js";
export * from "./batchNorm.js";
export * from "./convolution.js";
export * from "./initialise.js";
export * from "./layer.js";
export * from "./linear.js";
export * from "./pooling.js";
export * from "./relu.js";
export * from "./residual.js";
export * from "./sequence.js";
