/** The registry of kinds of data set: what this file exports, each by the name that a run chooses it by. */

export { kind as cars196 } from "./cars196.js";
export { kind as cub200 } from "./cub200.js";
export { kind as folders } from "./folders.js";
export { kind as inshop } from "./inshop.js";
export { kind as list } from "./list.js";
export { kind as sop } from "./sop.js";
