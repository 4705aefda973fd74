/** How large a batch the training classes fill. */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, misused } from "../faults/index.js";

/** Pictures of a batch, and most of one class among them. */
export interface BatchSize {
  readonly batch: number;
  readonly perClass: number;
}

/** The batch as it is asked for. */
export interface WishedBatch extends BatchSize {
  /** What nobody asked for, and may be fitted to the data. */
  readonly open?: readonly (keyof BatchSize)[] | undefined;
}

/** A batch that the data can fill. */
export interface FittedBatch extends BatchSize {
  /** What was fitted and why, in a line; undefined where all is as wished. */
  readonly note: string | undefined;
}

/** Pictures that classes of these sizes give one batch. */
const given = (sizes: readonly number[], perClass: number): number => sizes.reduce((sum, size) => sum + Math.min(size, perClass), 0);

const largestOf = (sizes: readonly number[]): number => sizes.reduce((largest, size) => Math.max(largest, size), 0);

/** Full, and never of one class only, which would have no negative pair. */
const isFilled = (sizes: readonly number[], { batch, perClass }: BatchSize): boolean => batch > perClass && given(sizes, perClass) >= batch;

/** What comes nearest to the wish with what is open. */
const nearest = (sizes: readonly number[], { batch, perClass, open = [] }: WishedBatch): BatchSize => {
  const largest = largestOf(sizes);
  if (open.includes("batch")) {
    const own = open.includes("perClass") && given(sizes, perClass) <= perClass ? largest : perClass;
    return { batch: Math.min(batch, given(sizes, own)), perClass: own };
  }
  if (!open.includes("perClass")) return { batch, perClass };
  const more = Array.from({ length: Math.max(0, Math.min(largest, batch - 1) - perClass + 1) }, (_, index) => perClass + index);
  return { batch, perClass: more.find((own) => isFilled(sizes, { batch, perClass: own })) ?? perClass };
};

const range = (sizes: readonly number[]): string => {
  const largest = largestOf(sizes);
  const smallest = sizes.reduce((least, size) => Math.min(least, size), largest);
  return smallest === largest ? String(largest) : `${smallest} to ${largest}`;
};

const noteOf = (sizes: readonly number[], wished: BatchSize, fitted: BatchSize): string | undefined => {
  const changes = [
    ...(fitted.batch === wished.batch ? [] : [`a batch of ${fitted.batch} instead of ${wished.batch}`]),
    ...(fitted.perClass === wished.perClass ? [] : [`up to ${fitted.perClass} pictures of a class in it instead of ${wished.perClass}`]),
  ];
  return changes.length === 0
    ? undefined
    : `${changes.join(", ")}: ${sizes.length} classes of ${range(sizes)} pictures train, and up to ${wished.perClass} of each make ${given(sizes, wished.perClass)}`;
};

/** What was asked for, and what would do. */
const unfit = (sizes: readonly number[], { batch, perClass, open = [] }: WishedBatch): Fault => {
  const largest = largestOf(sizes);
  const most = given(sizes, open.includes("perClass") ? largest : perClass);
  const small = batch <= perClass || most <= perClass;
  const fewer = Math.max(2, Math.min(largest, batch - 1));
  const what = small
    ? `may hold a single class, and so no negative pair`
    : `is more than the ${sizes.length} classes that train give, which is ${most}`;
  return misused(`a batch of ${batch} with up to ${perClass} pictures of a class ${what}`, {
    remedy: small
      ? `use {batch} ${fewer + 1} or more and {perClass} ${fewer} or less, or leave both out: they are then fitted to the data`
      : `use {batch} ${most} or less, or leave it out: it is then fitted to the data`,
  });
};

/**
 * The wish where classes with these members fill it, else the largest batch up to it that they fill: of two classes or more, what was
 * asked for kept. Classes of one picture do not count. Errors: fewer than two classes with a pair, and what was asked for and does not fit.
 */
export const fittedBatch = (members: readonly (readonly number[])[], wished: WishedBatch): E.Either<Fault, FittedBatch> => {
  const sizes = members.map(({ length }) => length).filter((size) => size >= 2);
  if (sizes.length < 2)
    return E.left(
      failed(`${sizes.length} class(es) with two pictures or more train, and two are needed to form triplets`, {
        remedy: "add pictures or classes, or let more classes train by {trainShare}",
      }),
    );
  const wish = { batch: wished.batch, perClass: wished.perClass };
  const fitted = isFilled(sizes, wish) ? wish : nearest(sizes, wished);
  return isFilled(sizes, fitted) ? E.right({ ...fitted, note: noteOf(sizes, wish, fitted) }) : E.left(unfit(sizes, wished));
};
