/** What is set of the store. */
import { z } from "zod";

export const storeFields = {
  strict: z
    .boolean()
    .default(false)
    .describe("stop where a picture cannot be used, all of them named; the default goes on without them and lists them"),
  cache: z.string().default("").describe("folder of the decoded pictures; empty: beside the data"),
} as const;
