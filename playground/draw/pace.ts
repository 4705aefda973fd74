/** How often something dear is reckoned anew: the dearer it is on this machine, the more seldom. */

/** Of the time, what is reckoned may take an eighth. */
const others = 7;

/** What keeps a pace. */
export interface Pace {
  /** Whether enough time has passed. */
  readonly due: () => boolean;
  /** Does it, and takes its time. */
  readonly spend: <A>(reckon: () => A) => A;
}

/** @param clock milliseconds */
export const pace = (clock: () => number): Pace => {
  let next = Number.NEGATIVE_INFINITY;
  return {
    due: () => clock() >= next,
    spend: (reckon) => {
      const began = clock();
      const result = reckon();
      const ended = clock();
      next = ended + others * (ended - began);
      return result;
    },
  };
};
