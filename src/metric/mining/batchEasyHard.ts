/**
 * An easy positive and a semi-hard negative for each anchor (Xuan, Stylianou and Pless 2020, with the defaults of
 * pytorch-metric-learning's BatchEasyHardMiner): its nearest positive and the nearest negative farther than that. An anchor whose
 * negatives are all nearer has no triplet.
 */
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength } from "../../tensor/index.js";
import { classMasks } from "../masks.js";
import { beyond, inEveryColumn, type Miner, onePositive } from "./miner.js";

/** distances [N, N], labels [N] -> the negative of each anchor as indices [N, N], and 1 at its nearest positive, the first of several. */
export const easyTriplets =
  <T>(k: Kernels<T>) =>
  (distances: T, labels: T): { readonly negatives: T; readonly pairs: T } => {
    const { largestOver, less, multiply, number, sumOver, where } = algebra(k);
    const masks = classMasks(k)(labels);
    const nearest = onePositive(k)(k.argMinimum(where(masks.positives, distances, number(beyond))));
    const easy = multiply(masks.positives, nearest);
    const farther = multiply(masks.negatives, less(sumOver(multiply(easy, distances), [1]), distances));
    return {
      negatives: inEveryColumn(k)(k.argMinimum(where(farther, distances, number(beyond))), axisLength(k.shapeOf(labels), 0)),
      pairs: multiply(easy, largestOver(farther, [1])),
    };
  };

export const miner: Miner = {
  about: "each anchor's nearest positive, and the nearest negative farther than that",
  draws: () => ({}),
  mine:
    (k) =>
    ({ distances, labels }) => ({ kind: "one", ...easyTriplets(k)(distances, labels) }),
};
