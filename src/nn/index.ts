/** Layers and networks: values that list their parameters, with a pure forward pass that returns its own pullback. */
export { type Adopted, adopted } from "./backbones/adopt.js";
export { type Backbone, describeBackbone } from "./backbones/backbone.js";
export { type BackboneName, backboneFields, backbones } from "./backbones/choice.js";
export { type CompactSettings, compactBackbone, usualCompact } from "./backbones/compact.js";
export * from "./backbones/imagenet.js";
export * from "./backbones/published.js";
export { resnet18, torchvisionName } from "./backbones/resnet18.js";
export * from "./batchNorm.js";
export * from "./convolution.js";
export * from "./initialise.js";
export * from "./layer.js";
export * from "./linear.js";
export * from "./pooling.js";
export * from "./relu.js";
export * from "./residual.js";
export * from "./sequence.js";
export * from "./tapped.js";
export * from "./whitening.js";
