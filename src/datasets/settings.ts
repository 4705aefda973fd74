/** What is set of a data set. */
import { z } from "zod";
import { share } from "../settings/index.js";

export const datasetFields = {
  data: z.string().default("data/generated").describe("folder of class folders: root/class/*.jpg|jpeg|png"),
  trainShare: share().default(0.5).describe("share of the classes, in name order, that train; the others are never seen and test"),
} as const;
