/**
 * How the objective judges a racer's moment, by a thread beside the page: anew when the moment or a visitor's change is, and no more often
 * than there is time for.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Changed, Choices, Judgeable, Judgement, Moment } from "#mdr/play/index.js";
import { pace } from "../draw/pace.js";
import type { Racer } from "../store/store.js";
import { changedOf, type WhatIf } from "../store/whatIf.js";

/** A judgement; undefined where none could be had. */
export type Judged = Judgement | undefined;

/** What is to be judged. */
export interface Question {
  readonly choices: Choices;
  readonly moment: Judgeable;
  readonly changed: Changed | undefined;
}

/** Judges a moment. */
export type Judge = (question: Question) => Promise<Judged>;

/** A moment with a visitor's changes, and what became of it. */
export interface Seen {
  readonly moment: Moment;
  readonly whatIf: WhatIf;
  readonly judgement: Judgement;
}

/** What views look through. */
export interface Lens {
  /** The newest that is known. */
  readonly seen: ReadonlySignal<Seen | undefined>;
  /** Asks for what is shown where it is not known, and it is time. Whether something newer waits for its time. */
  readonly look: () => boolean;
}

/** @param clock milliseconds */
export const lensOf = (racer: Pick<Racer, "choices" | "shown" | "whatIf">, clock: () => number, judge: Judge): Lens => {
  const { due, begun } = pace(clock);
  const seen = signal<Seen | undefined>(undefined);
  let asked: Omit<Seen, "judgement"> | undefined;
  let busy = false;
  const ask = async (moment: Moment, whatIf: WhatIf): Promise<void> => {
    asked = { moment, whatIf };
    busy = true;
    const { probe, objective } = moment;
    const ended = begun();
    const judgement = await judge({ choices: racer.choices, moment: { probe, objective }, changed: changedOf(moment, whatIf) });
    ended();
    busy = false;
    if (judgement !== undefined) seen.value = { moment, whatIf, judgement };
  };
  return {
    seen,
    look: () => {
      const [moment, whatIf] = [racer.shown.peek(), racer.whatIf.peek()];
      if (moment === undefined || (asked?.moment === moment && asked.whatIf === whatIf)) return false;
      // What somebody drags follows the finger; a newer moment can wait.
      if (busy || (asked?.whatIf === whatIf && !due())) return true;
      void ask(moment, whatIf);
      return false;
    },
  };
};

/** One lens for all views of a racer. */
export const lenses = (clock: () => number, judge: Judge): ((racer: Racer) => Lens) => {
  const known = new WeakMap<Racer, Lens>();
  return (racer) => {
    const lens = known.get(racer) ?? lensOf(racer, clock, judge);
    known.set(racer, lens);
    return lens;
  };
};
