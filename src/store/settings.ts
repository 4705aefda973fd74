/** What is set of the store. */
import { z } from "zod";

export const storeFields = {
  cache: z.string().default("").describe("folder of the decoded pictures; empty: beside the data"),
} as const;
