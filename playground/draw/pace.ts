/** How often something dear is done: the dearer it is on this machine, the more seldom. */

/** Of the time, what is done may take a quarter. */
const others = 3;

/** What keeps a pace. */
export interface Pace {
  /** Whether enough time has passed. */
  readonly due: () => boolean;
  /** Milliseconds until then; 0 where it has. */
  readonly rest: () => number;
  /** It begins; to be called when it has ended. */
  readonly begun: () => () => void;
}

/** @param clock milliseconds */
export const pace = (clock: () => number): Pace => {
  let next = Number.NEGATIVE_INFINITY;
  return {
    due: () => clock() >= next,
    rest: () => Math.max(0, next - clock()),
    begun: () => {
      const began = clock();
      return () => {
        const ended = clock();
        next = ended + others * (ended - began);
      };
    },
  };
};
