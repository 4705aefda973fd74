/** The registry of backbones: what this file exports, each by the name that a run chooses it by. */
export { backbone as "bn-inception" } from "./bnInception.js";
export { backbone as compact } from "./compact.js";
export { linearHead as linear, twoLayerHead as "two-layer" } from "./heads.js";
export { backbone as resnet18 } from "./resnet18.js";
export { backbone as resnet50 } from "./resnet50.js";
