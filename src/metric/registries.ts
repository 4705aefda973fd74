/** The four registries as values: each folder's index, with what all its entries are. */
import type { Head } from "./heads/head.js";
import * as headsByName from "./heads/index.js";
import * as lossesByName from "./losses/index.js";
import type { Loss } from "./losses/loss.js";
import * as minersByName from "./mining/index.js";
import type { Miner } from "./mining/miner.js";
import * as regularizersByName from "./regularizers/index.js";
import type { Regularizer } from "./regularizers/regularizer.js";

/** The name of a head. */
export type HeadName = keyof typeof headsByName;
/** The name of a loss. */
export type LossName = keyof typeof lossesByName;
/** The name of a miner. */
export type MinerName = keyof typeof minersByName;
/** The name of a regularizer. */
export type RegularizerName = keyof typeof regularizersByName;

/** Every head, by its name. */
export const heads: Readonly<Record<HeadName, Head>> = headsByName;
/** Every loss, by its name. */
export const losses: Readonly<Record<LossName, Loss>> = lossesByName;
/** Every miner, by its name. */
export const miners: Readonly<Record<MinerName, Miner>> = minersByName;
/** Every regularizer, by its name. */
export const regularizers: Readonly<Record<RegularizerName, Regularizer>> = regularizersByName;
