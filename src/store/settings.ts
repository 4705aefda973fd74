/** What is set of the store. */
import { z } from "zod";
import { defaultMaxPixels } from "../pictures/index.js";
import { whole } from "../settings/index.js";

export const storeFields = {
  strict: z
    .boolean()
    .default(false)
    .describe("stop where a picture cannot be used, all of them named; the default goes on without them and lists them"),
  cache: z.string().default("").describe("folder of the decoded pictures; empty: beside the data"),
  maxPixels: whole(1, 1e9).default(defaultMaxPixels).describe("most pixels of a picture; decoding takes up to 40 bytes of memory for each"),
} as const;
