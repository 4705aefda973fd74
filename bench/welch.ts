/** Means of two samples, compared by Welch's test: unequal deviations, two-sided. */

export interface Sample {
  readonly mean: number;
  /** Of the sample: divides by n - 1. */
  readonly deviation: number;
  readonly count: number;
}

export interface Welch {
  readonly t: number;
  /** Degrees of freedom, by Welch and Satterthwaite. */
  readonly freedom: number;
  /** Chance of a |t| at least this large where the means are equal. */
  readonly p: number;
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

export const welch = (a: Sample, b: Sample): Welch => {
  const [va, vb] = [a.deviation ** 2 / a.count, b.deviation ** 2 / b.count];
  const t = (a.mean - b.mean) / Math.sqrt(va + vb);
  const freedom = (va + vb) ** 2 / (va ** 2 / (a.count - 1) + vb ** 2 / (b.count - 1));
  return { t, freedom, p: studentP(t, freedom) };
};
