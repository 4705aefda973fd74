/**
 * The pullback: a differentiable function returns its value and how to pull a gradient back.
 * Composition is function composition; there is no tape and no global state.
 */

/** x -> (y, dy -> dx). For a scalar-valued function dy is the gradient of the final loss in y. */
export type Pullback<X, Y> = (x: X) => readonly [y: Y, pull: (dy: Y) => X];

/** The function that changes nothing, and passes its gradient on. */
export const identity =
  <X>(): Pullback<X, X> =>
  (x) => [x, (dx) => dx];

/**
 * g after f: values flow f then g, gradients g then f (the chain rule).
 *
 * @example
 * import { compose } from "mdr-ts";
 * const triple = (x) => [3 * x, (dy) => 3 * dy];
 * const square = (x) => [x * x, (dy) => 2 * x * dy];
 * const [y, pull] = compose(square)(triple)(2);
 * [y, pull(1)]; // => [36, 36]
 */
export const compose =
  <Y, Z>(g: Pullback<Y, Z>) =>
  <X>(f: Pullback<X, Y>): Pullback<X, Z> =>
  (x) => {
    const [y, pullF] = f(x);
    const [z, pullG] = g(y);
    return [z, (dz) => pullF(pullG(dz))];
  };

/** f beside g, on pairs. */
export const pair =
  <A, B, C, D>(f: Pullback<A, B>, g: Pullback<C, D>): Pullback<readonly [A, C], readonly [B, D]> =>
  ([a, c]) => {
    const [b, pullF] = f(a);
    const [d, pullG] = g(c);
    return [[b, d], ([db, dd]) => [pullF(db), pullG(dd)]];
  };
