/** The four registries as values: each folder's index, with what all its entries are. */
import type { Head } from "./heads/head.js";
import * as headsByName from "./heads/index.js";
import * as lossesByName from "./losses/index.js";
import type { Loss } from "./losses/loss.js";
import * as minersByName from "./mining/index.js";
import type { Miner } from "./mining/miner.js";
import * as regularizersByName from "./regularizers/index.js";
import type { Regularizer } from "./regularizers/regularizer.js";

export type HeadName = keyof typeof headsByName;
export type LossName = keyof typeof lossesByName;
export type MinerName = keyof typeof minersByName;
export type RegularizerName = keyof typeof regularizersByName;

export const heads: Readonly<Record<HeadName, Head>> = headsByName;
export const losses: Readonly<Record<LossName, Loss>> = lossesByName;
export const miners: Readonly<Record<MinerName, Miner>> = minersByName;
export const regularizers: Readonly<Record<RegularizerName, Regularizer>> = regularizersByName;
