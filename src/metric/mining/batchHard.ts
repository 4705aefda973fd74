/** The hardest triplet of each anchor (Hermans et al. 2017, batch hard): its farthest positive and its nearest negative. */
import { algebra, type Kernels } from "../../engines/index.js";
import { classMasks } from "../masks.js";
import { hardestNegatives } from "./hardest.js";
import { beyond, type Miner, onePositive } from "./miner.js";

/** distances [N, N], labels [N] -> 1 at each anchor's farthest positive, the first of several: [N, N]. */
export const farthestPositives =
  <T>(k: Kernels<T>) =>
  (distances: T, labels: T): T => {
    const { multiply, negate, number, where } = algebra(k);
    const { positives } = classMasks(k)(labels);
    return multiply(positives, onePositive(k)(k.argMinimum(where(positives, negate(distances), number(beyond)))));
  };

export const miner: Miner = {
  about: "each anchor's farthest positive and nearest negative",
  draws: () => ({}),
  mine:
    (k) =>
    ({ distances, labels }) => ({
      kind: "one",
      negatives: hardestNegatives(k)(distances, labels),
      pairs: farthestPositives(k)(distances, labels),
    }),
};
