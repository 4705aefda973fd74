/** Central differences of a subject's scalar, evaluated by the reference in float64: the third witness of every gradient. */
import { at, named, type Tensor } from "../tensor/index.js";
import { errorOf, type Found, larger, none } from "./errors.js";
import type { GoldenCase } from "./golden.js";
import type { Outcome, Subject } from "./subject.js";

const step = 1e-5;
/** Entries looked at in each gradient, spread evenly over it. */
const entriesPerTensor = 32;

const spread = (length: number): readonly number[] => {
  const count = Math.min(length, entriesPerTensor);
  return Array.from({ length: count }, (_, index) => Math.floor((index * length) / count));
};

export interface Slopes {
  readonly name: string;
  readonly entries: readonly number[];
  readonly values: readonly number[];
}

/** Slopes of the scalar in some entries of each input that the case states a gradient of; none on a kink. */
export const slopesOf = (subject: Subject, golden: GoldenCase): readonly Slopes[] => {
  if (subject.scalarOf === undefined || !golden.smooth) return [];
  const scalar = subject.scalarOf(golden);
  return Object.keys(golden.gradients).map((name) => {
    const input = named(golden.inputs, name);
    const moved = (entry: number, by: number): number => {
      const data = Float64Array.from(input.data);
      data[entry] = at(input.data, entry) + by;
      return scalar({ ...golden.inputs, [name]: { shape: input.shape, data } });
    };
    const entries = spread(input.data.length);
    return { name, entries, values: entries.map((entry) => (moved(entry, step) - moved(entry, -step)) / (2 * step)) };
  });
};

/** Error of an engine's gradients against the slopes, over the largest magnitude of the whole gradient. */
export const errorAgainstSlopes = (golden: GoldenCase, slopes: readonly Slopes[], outcome: Outcome<Tensor>): Found =>
  slopes.reduce((worst, { name, entries, values }) => {
    const whole = named(golden.gradients, name);
    const data = Float64Array.from(whole.data);
    entries.forEach((entry, index) => {
      data[entry] = values[index] ?? Number.NaN;
    });
    return larger(worst, errorOf({ shape: whole.shape, data }, outcome.gradients[name], `${golden.name}, d ${name}`, entries));
  }, none);
