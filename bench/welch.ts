/** Means of two samples, compared by Welch's test: unequal deviations, two-sided. */

import { type Sample, studentP } from "#mdr/experiments/index.js";

export interface Welch {
  readonly t: number;
  /** Degrees of freedom, by Welch and Satterthwaite. */
  readonly freedom: number;
  /** Chance of a |t| at least this large where the means are equal. */
  readonly p: number;
}

export const welch = (a: Sample, b: Sample): Welch => {
  const [va, vb] = [a.deviation ** 2 / a.count, b.deviation ** 2 / b.count];
  const t = (a.mean - b.mean) / Math.sqrt(va + vb);
  const freedom = (va + vb) ** 2 / (va ** 2 / (a.count - 1) + vb ** 2 / (b.count - 1));
  return { t, freedom, p: studentP(t, freedom) };
};
