/** How a model wants to see pictures: which numbers stand for a pixel, in which order. Its makers say it, the file does not. */
import { z } from "zod";
import { imagenetStatistics } from "../nn/index.js";
import { oneOf, table } from "../settings/index.js";
import type { ChannelStatistics } from "../tensor/index.js";

const alike = (mean: number, deviation: number): ChannelStatistics => ({
  mean: [mean, mean, mean],
  deviation: [deviation, deviation, deviation],
});

/** By name, what a channel of 0 .. 1 is less and divided by. */
export const scales = {
  imagenet: imagenetStatistics,
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], deviation: [0.26862954, 0.26130258, 0.27577711] },
  symmetric: alike(0.5, 0.5),
  unit: alike(0, 1),
  bytes: alike(0, 1 / 255),
} as const satisfies Readonly<Record<string, ChannelStatistics>>;

export const lookFields = {
  scale: oneOf(scales)
    .default("imagenet")
    .describe(
      "numbers of a channel: by ImageNet's or CLIP's mean and deviation, from -1 to 1 (symmetric), 0 to 1 (unit), or 0 to 255 (bytes)",
    ),
  channels: z.enum(["rgb", "bgr"]).default("rgb").describe("order of the colours"),
} as const;

export const lookTable = table(lookFields);

export type Look = { readonly [K in keyof typeof lookFields]: z.infer<(typeof lookFields)[K]> };
