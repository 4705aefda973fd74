/** Numbers that slide to where they are going, so that an eye can follow each of them. */

/** After this many milliseconds two thirds of the way are done. */
const pace = 110;

/** Nearer than this share of a unit is there. */
const near = 1e-3;

/**
 * Moves every entry of `current` towards `target`, in place, by what `elapsed` milliseconds allow; infinitely many set it there.
 * @returns whether any is still under way. What is not a number jumps.
 */
export const slide = (current: Float64Array, target: ArrayLike<number>, elapsed: number): boolean => {
  const share = 1 - Math.exp(-elapsed / pace);
  let under = false;
  for (let index = 0; index < current.length; index++) {
    const [from, to] = [current[index] as number, target[index] as number];
    const gap = to - from;
    if (share === 1 || !(Math.abs(gap) > near) || !Number.isFinite(gap)) current[index] = to;
    else {
      current[index] = from + gap * share;
      under = true;
    }
  }
  return under;
};

/** `current` where it has as many entries as `target`, else a copy of it: other pictures do not slide, they appear. */
export const carriedOver = (current: Float64Array, target: ArrayLike<number>): Float64Array =>
  current.length === target.length ? current : Float64Array.from(target);

/** A number from 0 to 1 that belongs to a whole number, spread evenly and always the same. */
export const scattered = (index: number): number => {
  const mixed = Math.imul(index ^ (index >>> 15), 0x2c1b3c6d);
  const again = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((again ^ (again >>> 15)) >>> 0) / 0x1_0000_0000;
};
