/** The registry of miners: what this file exports, each by the name that a run chooses it by. */
export { miner as all } from "./all.js";
export { miner as "batch-easy-hard" } from "./batchEasyHard.js";
export { miner as "batch-hard" } from "./batchHard.js";
export { miner as "distance-weighted" } from "./distanceWeighted.js";
export { miner as hardest } from "./hardest.js";
export { miner as random } from "./random.js";
export { miner as "semi-hard" } from "./semiHard.js";
