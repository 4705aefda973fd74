/** Settings that several losses have in common, each with one default for all of them. */
import { z } from "zod";

export const tripletMargin = { margin: z.number().min(0).default(0.2).describe("margin of the triplet and the margin loss") };

export const pairMargins = {
  positiveMargin: z.number().default(0).describe("distance that positives may keep, of the contrastive and the lifted structure loss"),
  negativeMargin: z.number().default(1).describe("distance that negatives should have, of the contrastive and the lifted structure loss"),
};

export interface PairMargins {
  readonly positiveMargin: number;
  readonly negativeMargin: number;
}
