/**
 * Arithmetic with the same bits on every machine: only operations that IEEE 754 rounds exactly (+ - * / and the square root).
 * The sine of the JavaScript library may differ in its last bit between versions, and with it a pixel, and with it a file.
 */

const turn = 2 * Math.PI;

/** Sine to about 1e-8: reduced to a quarter turn, then its Taylor polynomial. */
export const sine = (x: number): number => {
  const turns = x / turn;
  const angle = (turns - Math.floor(turns + 0.5)) * turn;
  const folded = angle > Math.PI / 2 ? Math.PI - angle : angle < -Math.PI / 2 ? -Math.PI - angle : angle;
  const square = folded * folded;
  return (
    folded *
    (1 +
      square *
        (-1 / 6 + square * (1 / 120 + square * (-1 / 5040 + square * (1 / 362880 + square * (-1 / 39916800 + square / 6227020800))))))
  );
};

export const cosine = (x: number): number => sine(x + Math.PI / 2);

export const clamp = (x: number, low: number, high: number): number => Math.max(low, Math.min(high, x));

export const mix = (from: number, to: number, share: number): number => from + (to - from) * share;

/** 0 below `low`, 1 above `high`, a smooth cubic between. */
export const smoothstep = (low: number, high: number, x: number): number => {
  const t = clamp((x - low) / (high - low), 0, 1);
  return t * t * (3 - 2 * t);
};

export const fraction = (x: number): number => x - Math.floor(x);

/** A number in [0, 1) that depends on a grid point and a seed only. */
export const gridNoise = (x: number, y: number, seed: number): number => {
  let hash = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77) ^ seed;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 0x100000000;
};

/** Smooth noise in [0, 1): grid noise, interpolated. */
export const valueNoise = (x: number, y: number, seed: number): number => {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [s, t] = [smoothstep(0, 1, x - column), smoothstep(0, 1, y - row)];
  return mix(
    mix(gridNoise(column, row, seed), gridNoise(column + 1, row, seed), s),
    mix(gridNoise(column, row + 1, seed), gridNoise(column + 1, row + 1, seed), s),
    t,
  );
};
