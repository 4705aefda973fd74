/** No choice: every triplet of the batch, N^3 hinges, for batches where that many fit. */
import type { Miner } from "./miner.js";

export const miner: Miner = {
  about: "every triplet of the batch",
  draws: () => ({}),
  mine: () => () => ({ kind: "all" }),
};
