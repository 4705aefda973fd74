/** The registry of heads: what this file exports, each by the name that a run chooses it by. */
export { head as l2 } from "./l2.js";
export { head as "mean-distance" } from "./meanDistance.js";
export { head as none } from "./none.js";
