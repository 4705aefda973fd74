/** Samples over seeds, and what a difference between two of them is worth: Student's t, two-sided. */

export interface Sample {
  readonly mean: number;
  /** Of the sample: divides by n - 1, and is not a number where there is one value. */
  readonly deviation: number;
  readonly count: number;
}

export const sampleOf = (values: readonly number[]): Sample => {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)), count };
};

/** Simpson's rule over an even number of strips. */
const integral = (f: (x: number) => number, to: number, strips = 2000): number => {
  const width = to / strips;
  const weighted = Array.from({ length: strips + 1 }, (_, i) => (i === 0 || i === strips ? 1 : i % 2 === 1 ? 4 : 2) * f(i * width));
  return (weighted.reduce((sum, value) => sum + value, 0) * width) / 3;
};

/** Two-sided p of Student's t: with t = sqrt(freedom) tan(angle) its density is cos(angle)^(freedom - 1), up to a factor. */
export const studentP = (t: number, freedom: number): number => {
  const density = (angle: number): number => Math.max(0, Math.cos(angle)) ** (freedom - 1);
  return 1 - integral(density, Math.atan(Math.abs(t) / Math.sqrt(freedom))) / integral(density, Math.PI / 2);
};

export interface Paired {
  /** Mean of the differences, first minus second. */
  readonly difference: number;
  readonly t: number;
  readonly freedom: number;
  /** Chance of a |t| at least this large where the mean difference is zero. */
  readonly p: number;
}

/** Paired t-test of two lists of one length; undefined for fewer than two pairs, or where every pair differs by the same. */
export const pairedTest = (first: readonly number[], second: readonly number[]): Paired | undefined => {
  const { mean: difference, deviation, count } = sampleOf(first.map((value, index) => value - (second[index] ?? Number.NaN)));
  if (count < 2 || first.length !== second.length || !(deviation > 0)) return undefined;
  const t = difference / (deviation / Math.sqrt(count));
  return { difference, t, freedom: count - 1, p: studentP(t, count - 1) };
};
