/** The registry of losses: what this file exports, each by the name that a run chooses it by. */
export { loss as angular } from "./angular.js";
export { loss as circle } from "./circle.js";
export { loss as contrastive } from "./contrastive.js";
export { loss as "lifted-structure" } from "./liftedStructure.js";
export { loss as margin } from "./margin.js";
export { loss as "multi-similarity" } from "./multiSimilarity.js";
export { loss as "n-pair" } from "./nPair.js";
export { loss as "nt-xent" } from "./ntXent.js";
export { loss as "proxy-anchor" } from "./proxyAnchor.js";
export { loss as "proxy-nca" } from "./proxyNca.js";
export { loss as "sup-con" } from "./supCon.js";
export { loss as triplet } from "./triplet.js";
