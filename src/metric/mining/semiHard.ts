/** The nearest negative farther than the positive. */
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength } from "../../tensor/index.js";
import { classMasks } from "../masks.js";
import { beyond, inEveryColumn, type Miner } from "./miner.js";

/** distances [N, N], labels [N] -> indices [N, N]: the nearest negative farther than the positive; where there is none, the farthest negative. */
export const semiHardNegatives =
  <T>(k: Kernels<T>) =>
  (distances: T, labels: T): T => {
    const { largestOver, less, multiply, negate, number, where } = algebra(k);
    const count = axisLength(k.shapeOf(labels), 0);
    const { negatives } = classMasks(k)(labels);
    const toPositive = k.reshape(distances, [count, count, 1]);
    const toNegative = k.reshape(distances, [count, 1, count]);
    const farther = multiply(less(toPositive, toNegative), k.reshape(negatives, [count, 1, count]));
    const nearestFarther = k.reshape(k.argMinimum(where(farther, toNegative, number(beyond))), [count, count]);
    const some = k.reshape(largestOver(farther, [2]), [count, count]);
    const farthest = k.argMinimum(where(negatives, negate(distances), number(beyond)));
    return where(some, nearestFarther, inEveryColumn(k)(farthest, count));
  };

export const miner: Miner = {
  about: "the nearest negative farther than the positive, else the farthest",
  draws: () => ({}),
  mine:
    (k) =>
    ({ distances, labels }) => ({ kind: "one", negatives: semiHardNegatives(k)(distances, labels) }),
};
