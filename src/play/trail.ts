/** What is kept of a race to go back to: snapshots along the way, thinned so that they stay within bounds. */

/** Something kept at a step. */
export interface Kept<A> {
  readonly step: number;
  readonly value: A;
}

/** Ascending by step. */
export type Trail<A> = readonly Kept<A>[];

/** Which of the inner entries stands closest between its neighbours, the first of several; the first and the last entry stay always. */
const closest = <A>(trail: Trail<A>): number => {
  const gapAround = (index: number): number => (trail[index + 1]?.step ?? 0) - (trail[index - 1]?.step ?? 0);
  let found = 1;
  for (let index = 2; index < trail.length - 1; index++) if (gapAround(index) < gapAround(found)) found = index;
  return found;
};

/**
 * The trail with one more entry; of one step there is one, the newer. Beyond `most` entries (3 or more) the one that stands closest between its
 * neighbours goes, so that those that stay lie evenly over the whole way.
 */
export const withKept = <A>(trail: Trail<A>, step: number, value: A, most: number): Trail<A> => {
  const others = trail.filter((kept) => kept.step !== step);
  const place = others.findIndex((kept) => kept.step > step);
  const all = place < 0 ? [...others, { step, value }] : [...others.slice(0, place), { step, value }, ...others.slice(place)];
  return all.length <= most ? all : all.toSpliced(closest(all), 1);
};

/** The entry at a step, or the last before it; the first where none is. */
export const keptAt = <A>(trail: Trail<A>, step: number): Kept<A> | undefined => trail.findLast((kept) => kept.step <= step) ?? trail[0];

/** What was kept up to a step. */
export const keptUntil = <A>(trail: Trail<A>, step: number): Trail<A> => trail.filter((kept) => kept.step <= step);
