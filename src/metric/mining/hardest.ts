/** The nearest negative of each anchor. */
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength } from "../../tensor/index.js";
import { classMasks } from "../masks.js";
import { beyond, inEveryColumn, type Miner } from "./miner.js";

/** distances [N, N], labels [N] -> indices [N, N] */
export const hardestNegatives =
  <T>(k: Kernels<T>) =>
  (distances: T, labels: T): T => {
    const { number, where } = algebra(k);
    const { negatives } = classMasks(k)(labels);
    return inEveryColumn(k)(k.argMinimum(where(negatives, distances, number(beyond))), axisLength(k.shapeOf(labels), 0));
  };

export const miner: Miner = {
  about: "the nearest negative",
  draws: () => ({}),
  mine:
    (k) =>
    ({ distances, labels }) => ({ kind: "one", negatives: hardestNegatives(k)(distances, labels) }),
};
