/**
 * What is served, and what takes its place once that is there: whoever is being answered keeps what the answer began with, and what nobody
 * uses any more is closed.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../faults/index.js";
import type { Index, PhotoEmbedder } from "../search/index.js";

export interface Served {
  readonly index: Index;
  /** What looks at uploads. Left: why nothing does, and pictures of the index are found all the same. */
  readonly embedder: E.Either<Fault, PhotoEmbedder>;
  /** Distance below which pictures are taken for the same thing; undefined where nobody knows. */
  readonly threshold: number | undefined;
}

export interface Loan {
  readonly served: Served;
  /** Once, when the answer is made. */
  readonly giveBack: () => void;
}

export interface Serving {
  /** For who only looks at it. */
  readonly now: () => Served;
  /** For who works with it: it stays open until it is given back. */
  readonly borrow: () => Loan;
}

/** One thing for ever; whoever opened it closes it. */
export const unchanging = (served: Served): Serving => ({ now: () => served, borrow: () => ({ served, giveBack: () => {} }) });

export interface Renewal {
  /** Is another one when there is something newer. */
  readonly stamp: () => string;
  /** May go on with what looks at uploads before it. */
  readonly open: (before: Served) => Promise<E.Either<Fault, Served>>;
  /** Is told of what was found newer: what is served from now on, or why what was before still is. */
  readonly onRenewed: (result: E.Either<Fault, Served>) => void;
}

export interface Renewing extends Serving {
  /** Looks whether there is something newer, and opens it; what was there before answers until then. */
  readonly look: () => Promise<void>;
  /** When nobody is answered any more. */
  readonly close: () => Promise<void>;
}

interface Generation {
  readonly served: Served;
  loans: number;
}

const networkOf = (served: Served | undefined): PhotoEmbedder | undefined =>
  served !== undefined && E.isRight(served.embedder) ? served.embedder.right : undefined;

const closed = async (served: Served, after: Served | undefined): Promise<void> => {
  await served.index.close();
  const network = networkOf(served);
  if (network !== networkOf(after)) await network?.close();
};

/** Begins with what was opened after its stamp was taken: what came in between is seen at the next look. */
export const renewing = (first: Served, stampOfFirst: string, { stamp, open, onRenewed }: Renewal): Renewing => {
  // Oldest first; the last is served. They are closed in that order, for what looks at uploads goes from one to the next.
  const generations: Generation[] = [{ served: first, loans: 0 }];
  const newest = (): Generation => generations.at(-1) as Generation;
  let seen = stampOfFirst;
  let looking: Promise<void> | undefined;
  let retiring = Promise.resolve();
  const retired = async (): Promise<void> => {
    while (generations.length > 1 && generations[0]?.loans === 0) {
      const [old, after] = [generations.shift(), generations[0]];
      if (old !== undefined) await closed(old.served, after?.served);
    }
  };
  const retire = (): Promise<void> => {
    retiring = retiring.then(retired);
    return retiring;
  };
  const looked = async (): Promise<void> => {
    const found = stamp();
    if (found === seen) return;
    // What could not be opened is not tried again until it is another.
    seen = found;
    const opened = await open(newest().served);
    if (E.isRight(opened)) generations.push({ served: opened.right, loans: 0 });
    onRenewed(opened);
    await retire();
  };
  return {
    now: () => newest().served,
    borrow: () => {
      const generation = newest();
      generation.loans += 1;
      return {
        served: generation.served,
        giveBack: () => {
          generation.loans -= 1;
          void retire();
        },
      };
    },
    look: () => {
      looking ??= looked().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    close: async () => {
      await looking;
      await retiring;
      const left = generations.splice(0);
      for (const [at, { served }] of left.entries()) await closed(served, left[at + 1]?.served);
    },
  };
};
