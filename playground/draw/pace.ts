/** How often something dear is reckoned anew: the dearer it is on this machine, the more seldom. */

/** Of the time, what is reckoned may take a quarter. */
const others = 3;

/** What keeps a pace. */
export interface Pace {
  /** Whether enough time has passed. */
  readonly due: () => boolean;
  /** Has it done, and takes its time. */
  readonly spend: <A>(reckon: () => Promise<A>) => Promise<A>;
}

/** @param clock milliseconds */
export const pace = (clock: () => number): Pace => {
  let next = Number.NEGATIVE_INFINITY;
  return {
    due: () => clock() >= next,
    spend: async (reckon) => {
      const began = clock();
      const result = await reckon();
      const ended = clock();
      next = ended + others * (ended - began);
      return result;
    },
  };
};
