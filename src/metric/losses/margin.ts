/**
 * The margin loss (Wu et al. 2017): max(0, margin + d_p - beta) and max(0, margin + beta - d_n) over the pairs of the miner's
 * triplets, divided by how many of them are open, plus nu beta. The boundary beta is learned. Without a triplet nu beta alone.
 */
import { z } from "zod";
import { algebra, type Kernels } from "../../engines/index.js";
import { type Named, named } from "../../tensor/index.js";
import type { Batch, Judged } from "../criterion.js";
import { type PairWeights, pairWeights } from "../mining/weights.js";
import { describeLoss } from "./loss.js";
import { tripletMargin } from "./margins.js";

/** Distances [N, N] and boundary [] -> loss; a pair counts as often as it stands in a triplet. */
const marginLoss =
  <T>(k: Kernels<T>, margin: number, { positives, negatives }: PairWeights<T>) =>
  (distances: T, boundary: T) => {
    const { add, multiply, positive, reciprocalOrZero, relu, shift, subtract, total } = algebra(k);
    const beyond = subtract(distances, boundary);
    const [near, far] = [shift(beyond, margin), k.affine(beyond, -1, margin)];
    const [openNear, openFar] = [multiply(positive(near), positives), multiply(positive(far), negatives)];
    const share = reciprocalOrZero(total(add(openNear, openFar)));
    return {
      loss: multiply(total(add(multiply(relu(near), positives), multiply(relu(far), negatives))), share),
      pull: (gradient: T) => {
        const outward = multiply(subtract(openNear, openFar), multiply(gradient, share));
        return { distances: outward, boundary: algebra(k).negate(total(outward)) };
      },
    };
  };

export const loss = describeLoss({
  about: "positives nearer and negatives farther than a learned boundary, by a margin, over the pairs that the miner chooses",
  settings: {
    ...tripletMargin,
    marginBeta: z.number().default(1.2).describe("boundary of the margin loss, at first"),
    marginNu: z.number().min(0).default(0).describe("weight of the margin loss's boundary in the objective"),
    marginRate: z
      .number()
      .min(0)
      .default(1)
      .describe("rate at which the margin loss's boundary learns, times the learning rate; 0: it stays"),
  },
  build: ({ margin, marginBeta, marginNu, marginRate }, { variant, miner }) => ({
    parameters: { boundary: { shape: [], initialisation: { kind: "constant", value: marginBeta }, rate: marginRate } },
    state: {},
    parts: { boundary: [] },
    draws: miner.draws,
    forward:
      <T>(k: Kernels<T>) =>
      (parameters: Named<T>, state: Named<T>, batch: Batch<T>): Judged<T> => {
        const { add, scale } = algebra(k);
        const boundary = named(parameters, "boundary");
        const weights = pairWeights(k)(batch.labels, miner.mine(k, variant)(batch));
        const { loss, pull } = marginLoss(k, margin, weights)(batch.distances, boundary);
        return {
          loss: add(loss, scale(boundary, marginNu)),
          parts: { boundary },
          state,
          pull: (gradient) => {
            const pulled = pull(gradient);
            return {
              parameters: { boundary: add(pulled.boundary, scale(gradient, marginNu)) },
              distances: pulled.distances,
            };
          },
        };
      },
  }),
});
