/** How far a result may be from the truth it is held against: the one table of bounds, each with its reason. */
import type { Against } from "./report.js";

/** Single formulas round at most this many times in a row in a way that adds up: sums of some hundred terms, and their roots. */
const formulaRoundings = 2 ** 10;
/** One kernel: sums of some hundred terms, exponentials and logarithms as coarse as graphics processors have them. */
const kernelRoundings = 2 ** 7;
/** Ten Adam steps: each divides by the root of its own gradient's square, which passes on a gradient's relative error whole. */
const trainingRoundings = 2 ** 16;

/** `training` is the ten-step trajectory; `kernel` one kernel of an engine by itself; `formula` all else. */
export type Kind = "kernel" | "formula" | "training";

const roundings: Readonly<Record<Kind, number>> = { kernel: kernelRoundings, formula: formulaRoundings, training: trainingRoundings };

const floors: Readonly<Record<Kind, Readonly<Record<Against, number>>>> = {
  // Two float64 programs that add in another order agree to about 1e-13; 1e-10 leaves room for cancellation.
  formula: {
    golden: 1e-12,
    reference: 1e-12,
    // Step 1e-5: a truncation error of about 1e-10 and a rounding error of 1e-16 / 1e-5 on sums of up to some thousand.
    differences: 1e-6,
  },
  kernel: { golden: 1e-12, reference: 1e-12, differences: 1e-6 },
  training: { golden: 1e-9, reference: 1e-9, differences: 1e-6 },
};

/** Largest allowed error over the largest magnitude, for an engine of this machine precision. */
export const boundOf = (kind: Kind, against: Against, roundOff: number): number =>
  Math.max(floors[kind][against], roundOff * roundings[kind]);
