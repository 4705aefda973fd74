/** The registry of losses: what this file exports, each by the name that a run chooses it by. */
export { loss as triplet } from "./triplet.js";
