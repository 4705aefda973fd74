/** A negative drawn evenly. */
import type { Kernels } from "../../engines/index.js";
import { named } from "../../tensor/index.js";
import { classMasks } from "../masks.js";
import { type Miner, uniformDraws } from "./miner.js";

/** labels [N], uniforms [N, N] -> indices [N, N] */
export const randomNegatives =
  <T>(k: Kernels<T>) =>
  (labels: T, uniforms: T): T =>
    k.sample(classMasks(k)(labels).negatives, uniforms);

export const miner: Miner = {
  about: "a negative drawn evenly",
  draws: uniformDraws,
  mine:
    (k) =>
    ({ labels, draws }) => ({ kind: "one", negatives: randomNegatives(k)(labels, named(draws, "miner")) }),
};
