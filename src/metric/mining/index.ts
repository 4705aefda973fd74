/** Miners, one a file: the negative that each ordered pair (anchor, positive) gets. A miner is added here by one line. */
import { all } from "./all.js";
import { distanceWeighted } from "./distanceWeighted.js";
import { hardest } from "./hardest.js";
import type { Miner } from "./miner.js";
import { random } from "./random.js";
import { semiHard } from "./semiHard.js";

export { distanceWeightedNegatives, distanceWeights } from "./distanceWeighted.js";
export { hardestNegatives } from "./hardest.js";
export type { Miner, Triplets } from "./miner.js";
export { randomNegatives } from "./random.js";
export { semiHardNegatives } from "./semiHard.js";

export const miners = {
  "distance-weighted": distanceWeighted,
  random,
  hardest,
  "semi-hard": semiHard,
  all,
} as const satisfies Readonly<Record<string, Miner>>;

export type MinerName = keyof typeof miners;
