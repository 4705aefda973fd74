/** The registry of regularizers: what this file exports, each by the name that a run chooses it by. */
export { regularizer as l2 } from "./l2.js";
export { regularizer as mdr } from "./mdr.js";
export { regularizer as none } from "./none.js";
export { regularizer as sec } from "./sec.js";
