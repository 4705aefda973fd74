/** The registry of kinds of data set: what this file exports, each by the name that a run chooses it by. */
export { kind as folders } from "./folders.js";
