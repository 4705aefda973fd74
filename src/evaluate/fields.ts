/** What an evaluation asks. */
import { z } from "zod";
import { whole } from "../settings/index.js";

export const evaluationFields = {
  recall: z.array(whole(1)).min(1).default([1, 2, 4, 8]).describe("K of Recall@K"),
};
