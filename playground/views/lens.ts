/** A racer's pairs, reckoned when its moment or a visitor's change is new and not before: at most once a frame. */
import { type Pairs, picturesOfPairs } from "#mdr/play/index.js";
import type { Racer } from "../store/store.js";
import { changedOf } from "../store/whatIf.js";

/** Gives a racer's pairs as they are now; the same value while nothing changed. */
export const lensOf = (racer: Racer): (() => Pairs | undefined) => {
  let of: readonly unknown[] = [];
  let known: Pairs | undefined;
  return () => {
    const [moment, whatIf] = [racer.shown.peek(), racer.whatIf.peek()];
    if (of[0] !== moment || of[1] !== whatIf) {
      of = [moment, whatIf];
      known = moment === undefined ? undefined : picturesOfPairs(racer.choices, moment, changedOf(moment, whatIf));
    }
    return known;
  };
};
