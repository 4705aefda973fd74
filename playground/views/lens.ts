/** What is reckoned of a racer's moment for a view: anew when the moment or a visitor's change is, and no more often than the page has time for. */
import type { Moment } from "#mdr/play/index.js";
import { pace } from "../draw/pace.js";
import type { Racer } from "../store/store.js";
import type { WhatIf } from "../store/whatIf.js";

/** What is known now, and whether something newer waits for its turn. */
export interface Seen<A> {
  readonly known: A | undefined;
  readonly waits: boolean;
}

/** @param clock milliseconds @param reckon what a view needs of a moment, and what it knew before */
export const lensOf = <A>(
  racer: Pick<Racer, "shown" | "whatIf">,
  clock: () => number,
  reckon: (moment: Moment, whatIf: WhatIf, before: A | undefined) => A,
): (() => Seen<A>) => {
  const { due, spend } = pace(clock);
  let of: { readonly moment: Moment | undefined; readonly whatIf: WhatIf } | undefined;
  let known: A | undefined;
  return () => {
    const [moment, whatIf] = [racer.shown.peek(), racer.whatIf.peek()];
    if (moment === undefined || (of?.moment === moment && of.whatIf === whatIf)) return { known, waits: false };
    // What somebody drags follows the finger; a newer moment can wait.
    if (of?.whatIf === whatIf && !due()) return { known, waits: true };
    of = { moment, whatIf };
    known = spend(() => reckon(moment, whatIf, known));
    return { known, waits: false };
  };
};
