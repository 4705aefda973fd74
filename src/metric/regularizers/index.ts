/** Regularizers, one a file: what stands beside a metric loss. A regularizer is added here by one line. */
import { mdr } from "./mdr.js";
import { none } from "./none.js";

export type { Regularizer, RegularizerContext } from "./regularizer.js";

export const regularizers = { none, mdr } as const;

export type RegularizerName = keyof typeof regularizers;
