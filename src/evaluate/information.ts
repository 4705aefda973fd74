/**
 * What two labellings of the same things say of each other, in nats: normalised mutual information, 2 I(a; b) / (H(a) + H(b)), as Manning
 * et al. 2008 (section 16.3) define it and the metric-learning literature reports it; and the same adjusted for chance, by Vinh et al. 2010.
 */
import { at } from "../tensor/index.js";
import type { Labels } from "./queries.js";

const entropy = (counts: Iterable<number>, total: number): number =>
  Array.from(counts).reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);

const tally = <K>(keys: readonly K[]): ReadonlyMap<K, number> =>
  keys.reduce<Map<K, number>>((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map());

interface Measured {
  readonly total: number;
  /** Sizes of the groups of either. */
  readonly sizes: readonly [readonly number[], readonly number[]];
  /** H(a) + H(b) */
  readonly entropies: number;
  /** I(a; b) */
  readonly mutual: number;
}

const measured = (a: Labels, b: Labels): Measured => {
  const [left, right] = [Array.from(a, String), Array.from(b, String)];
  const total = left.length;
  const joint = left.map((label, index) => JSON.stringify([label, right[index]]));
  const [ofA, ofB, ofBoth] = [left, right, joint].map((keys) => [...tally(keys).values()]) as [number[], number[], number[]];
  const entropies = entropy(ofA, total) + entropy(ofB, total);
  return { total, sizes: [ofA, ofB], entropies, mutual: entropies - entropy(ofBoth, total) };
};

/** NMI of two labellings of the same things: 0 where they say nothing of each other, 1 where they agree up to names. */
export const normalisedMutualInformation = (a: Labels, b: Labels): number => {
  if (a.length === 0) return 0;
  const { entropies, mutual } = measured(a, b);
  return entropies === 0 ? 1 : Math.min(1, Math.max(0, (2 * mutual) / entropies));
};

/**
 * The mean of I(a; b) over all ways to deal the things to groups of these sizes (Vinh et al. 2010, equation 24a): how many of group i
 * fall to group j is hypergeometric. Groups of one size are taken together.
 */
const expectedMutual = ({ total, sizes: [ofA, ofB] }: Measured): number => {
  const logFactorial = new Float64Array(total + 1);
  for (let n = 2; n <= total; n++) logFactorial[n] = at(logFactorial, n - 1) + Math.log(n);
  const of = (n: number): number => at(logFactorial, n);
  let sum = 0;
  for (const [i, timesI] of tally(ofA))
    for (const [j, timesJ] of tally(ofB))
      for (let n = Math.max(1, i + j - total); n <= Math.min(i, j); n++) {
        const logShare = of(i) + of(j) + of(total - i) + of(total - j) - of(total) - of(n) - of(i - n) - of(j - n) - of(total - i - j + n);
        sum += timesI * timesJ * (n / total) * Math.log((total * n) / (i * j)) * Math.exp(logShare);
      }
  return sum;
};

/**
 * AMI of two labellings of the same things, by the mean of their entropies: 1 where they agree up to names, 0 on average where one was
 * dealt at random, and so below 0 at times.
 */
export const adjustedMutualInformation = (a: Labels, b: Labels): number => {
  if (a.length === 0) return 0;
  const both = measured(a, b);
  const [groups, others] = both.sizes.map(({ length }) => length);
  // One group, or things all apart, on both sides: dealing them leaves nothing to chance.
  if (groups === others && (groups === 1 || groups === both.total)) return 1;
  const expected = expectedMutual(both);
  const room = both.entropies / 2 - expected;
  return room > 0 ? Math.min(1, (both.mutual - expected) / room) : 0;
};
