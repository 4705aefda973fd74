/** The objective (paper): L = L_metric + lambda L_MDR + nu sum s_k^2, for the three methods compared. */
import type { Kernels } from "../engines/index.js";
import { scalar, zeros } from "../tensor/index.js";
import { pairwiseDistances } from "./distances.js";
import { l2Head, meanDistance, meanDistanceHead } from "./head.js";
import { levelDecay } from "./levels.js";
import { mdrLoss } from "./mdr.js";
import { type Miner, mine } from "./mining.js";
import type { MomentumState, Variant } from "./statistics.js";
import { allTripletsLoss, tripletLoss } from "./triplet.js";

/** `triplet`: mean-distance head, no regularizer. `triplet-l2`: L2 head. `triplet-mdr`: mean-distance head and the regularizer. */
export type Method = "triplet" | "triplet-l2" | "triplet-mdr";

export interface ObjectiveSettings {
  readonly method: Method;
  readonly variant: Variant;
  readonly lambda: number;
  readonly nu: number;
  readonly gamma: number;
  readonly margin: number;
  /** One negative for each (anchor, positive), or `all`: every triplet of the batch, N^3 hinges. */
  readonly miner: Miner | "all";
}

export interface ObjectiveInput<T> {
  /** Raw network output [N, D]: the head is applied here. */
  readonly embeddings: T;
  /** [N], whole numbers */
  readonly labels: T;
  /** [N, N] in [0, 1): the miner's randomness */
  readonly uniforms: T;
  /** [K] */
  readonly levels: T;
  readonly momentum: MomentumState<T>;
}

/** All scalars of shape []. */
export interface ObjectiveResult<T> {
  readonly loss: T;
  readonly metricLoss: T;
  readonly mdrLoss: T;
  readonly levelDecay: T;
  /** Of the raw embeddings: falls towards 0 when they collapse. */
  readonly meanDistance: T;
  readonly momentum: MomentumState<T>;
  readonly pull: () => { readonly embeddings: T; readonly levels: T };
}

export const objective =
  <T>(k: Kernels<T>, settings: ObjectiveSettings) =>
  ({ embeddings, labels, uniforms, levels, momentum }: ObjectiveInput<T>): ObjectiveResult<T> => {
    const regularized = settings.method === "triplet-mdr";
    const head = settings.method === "triplet-l2" ? l2Head(k) : meanDistanceHead(k);
    const [headed, pullHead] = head(embeddings);
    const [distances, pullDistances] = pairwiseDistances(k)(headed);
    const metric =
      settings.miner === "all"
        ? allTripletsLoss(k, settings)(labels)
        : tripletLoss(k, settings)(labels, mine(k, settings.miner)({ embeddings: headed, distances, labels, uniforms }));
    const [metricLoss, pullMetric] = metric(headed);
    const [spread] = meanDistance(k)(embeddings);
    const one = k.constant(scalar(1));
    if (!regularized) {
      const none = k.constant(scalar(0));
      return {
        loss: metricLoss,
        metricLoss,
        mdrLoss: none,
        levelDecay: none,
        meanDistance: spread,
        momentum,
        pull: () => ({ embeddings: pullHead(pullMetric(one)), levels: k.constant(zeros(k.shapeOf(levels))) }),
      };
    }
    const mdr = mdrLoss(k, settings)(momentum, distances, levels);
    const [decay, pullDecay] = levelDecay(k, settings.nu)(levels);
    return {
      loss: k.zip("add", k.zip("add", metricLoss, k.affine(mdr.loss, settings.lambda, 0)), decay),
      metricLoss,
      mdrLoss: mdr.loss,
      levelDecay: decay,
      meanDistance: spread,
      momentum: mdr.momentum,
      pull: () => {
        const regularizer = mdr.pull(k.constant(scalar(settings.lambda)));
        return {
          embeddings: pullHead(k.zip("add", pullMetric(one), pullDistances(regularizer.distances))),
          levels: k.zip("add", regularizer.levels, pullDecay(one)),
        };
      },
    };
  };
