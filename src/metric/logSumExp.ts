/** Sums of exponentials that neither overflow nor underflow: over a part of a row, and what losses make of them. */
import { compose, type Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";
import { beyond } from "./mining/miner.js";

/**
 * The logarithm of the sum of the exponentials along an axis (1: of each row), over the entries where a mask is 1: [N, M] ->
 * [N, 1]. Shifted by their largest. 0, and no gradient, where the mask leaves none. Gradient: each entry's share of the sum.
 */
export const logSumExp =
  <T>(k: Kernels<T>, mask: T, axis: 0 | 1 = 1): Pullback<T, T> =>
  (values) => {
    const { add, exponential, largestOver, logarithm, multiply, not, number, reciprocal, subtract, sumOver, where } = algebra(k);
    const some = largestOver(mask, [axis]);
    const top = multiply(largestOver(where(mask, values, number(-beyond)), [axis]), some);
    // Where the mask is 0 the exponent is too: no entry that does not count can overflow.
    const powers = multiply(exponential(multiply(subtract(values, top), mask)), mask);
    const sum = add(sumOver(powers, [axis]), not(some));
    return [add(top, logarithm(sum)), (gradient) => multiply(powers, multiply(gradient, reciprocal(sum)))];
  };

/** Of the series of the inverse hyperbolic tangent, from the last: enough for 53 bits up to 1/21. */
const series = [13, 11, 9, 7, 5, 3, 1].map((odd) => 1 / odd);

/**
 * log(1 + s) for s from 0 to 1, to rounding where it is tiny: up to 1/10 it is 2 atanh(s / (2 + s)), for 1 + s rounds s away, and the
 * logarithms of graphics processors have an absolute error near 1.
 */
const logOnePlus =
  <T>(k: Kernels<T>) =>
  (s: T): T => {
    const { logarithm, multiply, number, positive, reciprocal, scale, shift, square, subtract, where } = algebra(k);
    const z = multiply(s, reciprocal(shift(s, 2)));
    const squared = square(z);
    const [last = 0, ...others] = series;
    const sum = others.reduce((inner, next) => shift(multiply(inner, squared), next), k.affine(squared, 0, last));
    return where(positive(subtract(number(0.1), s)), scale(multiply(z, sum), 2), logarithm(shift(s, 1)));
  };

/** log(1 + exp(x)), entry by entry, without overflow and to rounding where it is tiny. Gradient: 1 / (1 + exp(-x)). */
export const softplus =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (x) => {
    const { absolute, add, exponential, multiply, negate, not, positive, reciprocal, relu, shift } = algebra(k);
    const small = exponential(negate(absolute(x)));
    const right = positive(x);
    return [
      add(relu(x), logOnePlus(k)(small)),
      (gradient) => multiply(gradient, multiply(add(right, multiply(not(right), small)), reciprocal(shift(small, 1)))),
    ];
  };

/** log(1 + the sum of the exponentials) along an axis, over the entries where a mask is 1; 0 where there are none. */
export const logOnePlusSumExp =
  <T>(k: Kernels<T>, mask: T, axis: 0 | 1 = 1): Pullback<T, T> =>
  (values) => {
    const { largestOver, multiply } = algebra(k);
    const some = largestOver(mask, [axis]);
    const [sum, pull] = compose(softplus(k))(logSumExp(k, mask, axis))(values);
    return [multiply(sum, some), (gradient) => pull(multiply(gradient, some))];
  };

/**
 * The cross entropy of each row's own entry among it and the others, -log(exp(x_own) / (exp(x_own) + sum_others exp(x))):
 * [N, M] -> [N, 1], from two masks [N, M]. 0, and no gradient, in a row that has no own entry or no others.
 */
export const crossEntropy =
  <T>(k: Kernels<T>, own: T, others: T): Pullback<T, T> =>
  (logits) => {
    const { largestOver, multiply, subtract, sumOver } = algebra(k);
    const counted = multiply(largestOver(own, [1]), largestOver(others, [1]));
    const [rest, pullRest] = logSumExp(k, others)(logits);
    const [loss, pullGap] = softplus(k)(subtract(rest, sumOver(multiply(logits, own), [1])));
    return [
      multiply(loss, counted),
      (gradient) => {
        const toGap = pullGap(multiply(gradient, counted));
        return subtract(pullRest(toGap), multiply(own, toGap));
      },
    ];
  };
