/** What an evaluation asks. */
import { z } from "zod";
import { oneOf, whole } from "../settings/index.js";
import { loneRules } from "./queries.js";

export const evaluationFields = {
  recall: z.array(whole(1)).min(1).default([1, 2, 4, 8]).describe("K of Recall@K"),
  lone: oneOf(loneRules).default("skip").describe("queries without a possible match: left out, or counted as misses"),
  clusters: z.boolean().default(false).describe("NMI and AMI of k-means clusters too, at every evaluation"),
};
