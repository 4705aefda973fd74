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

/** log(1 + exp(x)), entry by entry, without overflow and to rounding where it is tiny. Gradient: 1 / (1 + exp(-x)). */
export const softplus =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (x) => {
    const { absolute, add, equal, exponential, logarithm, multiply, negate, not, number, positive, reciprocal } = algebra(k);
    const { reciprocalOrZero, relu, shift } = algebra(k);
    const small = exponential(negate(absolute(x)));
    const whole = shift(small, 1);
    // What 1 + small kept of small: log(1 + small) / kept is near 1 even where it kept little, and small is the limit where nothing.
    const kept = shift(whole, -1);
    const quotient = add(multiply(logarithm(whole), reciprocalOrZero(kept)), equal(kept, number(0)));
    const right = positive(x);
    return [
      add(relu(x), multiply(small, quotient)),
      (gradient) => multiply(gradient, multiply(add(right, multiply(not(right), small)), reciprocal(whole))),
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
