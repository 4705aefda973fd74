/** Heads, one a file: what training makes of the raw embeddings, and what evaluation does. A head is added here by one line. */
import type { Head } from "./head.js";
import { l2 } from "./l2.js";
import { meanDistanceScaling } from "./meanDistance.js";
import { none } from "./none.js";

export type { Head, Headed } from "./head.js";
export { l2Head } from "./l2.js";
export { meanDistance, meanDistanceHead } from "./meanDistance.js";

export const heads = {
  "mean-distance": meanDistanceScaling,
  l2,
  none,
} as const satisfies Readonly<Record<string, Head>>;

export type HeadName = keyof typeof heads;
