/** The gradient check: an explicit gradient against central differences in float64. For users' own functions too. */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, shapeError } from "../faults/index.js";
import { at, sameShape, showShape, type Tensor, unsafeTensor } from "../tensor/index.js";

/** How a gradient is checked. */
export interface GradientCheckOptions {
  /** Half the distance between the two points of a difference, times max(1, |x_i|). */
  readonly step?: number;
  /** Largest error accepted, relative to the largest magnitude of the gradient (1 at least). */
  readonly bound?: number;
  /** Which entries to check; all of them unless given. */
  readonly indices?: readonly number[];
}

/** What came of a check: the entry that is furthest off, by formula and by differences. */
export interface GradientReport {
  readonly largestError: number;
  /** Flat index of the entry with the largest error. */
  readonly index: number;
  readonly analytic: number;
  readonly numeric: number;
  readonly bound: number;
  readonly pass: boolean;
}

/** A scalar-valued function with its gradient: x -> (f(x), gradient of f in x). */
export type WithGradient = (x: Tensor) => readonly [value: number, gradient: Tensor];

const nudged = (x: Tensor, index: number, by: number): Tensor => {
  const data = Float64Array.from(x.data);
  data[index] = at(data, index) + by;
  return unsafeTensor(x.shape, data);
};

/**
 * Compares f's gradient at `x` with (f(x + h) - f(x - h)) / 2h, entry by entry. Left where the gradient has another shape.
 *
 * @example
 * import { checkGradient, vector } from "mdr-ts";
 * const sumOfSquares = (x) => [
 *   Array.from(x.data).reduce((sum, v) => sum + v * v, 0),
 *   { shape: x.shape, data: Float64Array.from(x.data, (v) => 2 * v) },
 * ];
 * checkGradient(sumOfSquares, vector([1, -2, 3])).right.pass; // => true
 * const wrong = (x) => [sumOfSquares(x)[0], x];
 * checkGradient(wrong, vector([1, -2, 3])).right.index; // => 2
 */
export const checkGradient = (f: WithGradient, x: Tensor, options: GradientCheckOptions = {}): E.Either<Fault, GradientReport> => {
  const { step = 1e-5, bound = 1e-6, indices = Array.from(x.data, (_, index) => index) } = options;
  const [, gradient] = f(x);
  if (!sameShape(gradient.shape, x.shape)) {
    return E.left(
      shapeError(`the gradient has shape ${showShape(gradient.shape)} where x has ${showShape(x.shape)}: they must be the same`),
    );
  }
  const magnitude = Array.from(gradient.data).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const entries = indices.map((index) => {
    const h = step * Math.max(1, Math.abs(at(x.data, index)));
    const numeric = (f(nudged(x, index, h))[0] - f(nudged(x, index, -h))[0]) / (2 * h);
    const analytic = at(gradient.data, index);
    const error = Math.abs(analytic - numeric) / magnitude;
    return { index, analytic, numeric, error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error };
  });
  const worst = entries.reduce((a, b) => (b.error > a.error ? b : a), { index: 0, analytic: 0, numeric: 0, error: 0 });
  return E.right({
    largestError: worst.error,
    index: worst.index,
    analytic: worst.analytic,
    numeric: worst.numeric,
    bound,
    pass: worst.error <= bound,
  });
};
