/** The error of results: largest absolute difference over the largest magnitude of the tensor expected. */
import { at, type Named, sameShape, showShape, type Tensor } from "../tensor/index.js";

export interface Found {
  readonly error: number;
  /** Where the error is. */
  readonly worst: string;
}

export const none: Found = { error: 0, worst: "" };

export const larger = (a: Found, b: Found): Found => (b.error > a.error ? b : a);

/** A tensor without a number above this is all zeros but for rounding: its error is absolute. */
const zeroMagnitude = 1e-12;

/** NaN counts as infinitely wrong. `entries` limits the comparison to some of them; the magnitude is over all. */
export const errorOf = (expected: Tensor, actual: Tensor | undefined, where: string, entries?: readonly number[]): Found => {
  if (actual === undefined) return { error: Number.POSITIVE_INFINITY, worst: `${where} is missing` };
  if (!sameShape(expected.shape, actual.shape)) {
    return { error: Number.POSITIVE_INFINITY, worst: `${where} is ${showShape(actual.shape)}, must be ${showShape(expected.shape)}` };
  }
  const magnitude = Array.from(expected.data).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const scale = magnitude > zeroMagnitude ? magnitude : 1;
  const checked = entries ?? Array.from(expected.data, (_, index) => index);
  return checked.reduce<Found>((worst, index) => {
    const error = Math.abs(at(expected.data, index) - at(actual.data, index)) / scale;
    return larger(worst, {
      error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error,
      worst: `${where}[${index}] is ${at(actual.data, index)}, must be ${at(expected.data, index)}`,
    });
  }, none);
};

/** The largest error of the tensors expected, by name. */
export const errorOfAll = (expected: Named<Tensor>, actual: Named<Tensor>, where: string): Found =>
  Object.entries(expected).reduce((worst, [name, value]) => larger(worst, errorOf(value, actual[name], `${where}, ${name}`)), none);
