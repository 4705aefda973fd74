/**
 * What a distance means: up to which one at most a chosen share of the pairs of different classes would be taken for matches, and how many
 * of the pairs of one class are found there. The share is a false match rate and its complement's a miss rate, as in ISO/IEC 19795-1; the
 * threshold is an order statistic of all pairs, found exactly without holding them.
 */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { at, axisLength } from "../tensor/index.js";
import { unscorable } from "./evaluate.js";
import type { Rows } from "./frame.js";
import { eachDifferent, eachSame, type PairOptions, pairCounts } from "./pairs.js";

/** Rates of false matches that are asked for where nobody says others. */
export const usualRates: readonly number[] = [0.001, 0.01, 0.05];

/** The distance that goes with a rate of false matches. */
export interface Threshold {
  /** The share of the pairs of different classes that may be taken for matches: 0 or more, less than 1. */
  readonly rate: number;
  /** In the embeddings' own unit. What is nearer is a match; what is as far is none. */
  readonly distance: number;
  /** Pairs of different classes that are nearer. */
  readonly falseMatches: number;
  /** Pairs of one class that are nearer. */
  readonly matches: number;
}

/** Thresholds, and the pairs that they were found on. */
export interface Calibration {
  /** Pairs of one class. */
  readonly same: number;
  /** Pairs of different classes. */
  readonly different: number;
  /** In the order of the rates asked for. */
  readonly thresholds: readonly Threshold[];
}

/** For which rates thresholds are looked for. */
export interface ThresholdOptions extends PairOptions {
  /** 0.1 %, 1 % and 5 % unless given. */
  readonly rates?: readonly number[];
  /** Distances that may be held for each rate; 2^20 unless given. */
  readonly room?: number;
}

/** Distances among which the wanted one is. */
interface Stretch {
  readonly low: number;
  readonly high: number;
  /** How many distances are less than `low`. */
  readonly below: number;
  /** How many are within, both ends with them. */
  readonly count: number;
}

const bins = 4096;

/** Bins of a stretch: how many distances each has, and the least and the greatest of them. */
interface Tally {
  readonly stretch: Stretch;
  readonly counts: Float64Array;
  readonly least: Float64Array;
  readonly greatest: Float64Array;
}

const emptyTally = (stretch: Stretch): Tally => ({
  stretch,
  counts: new Float64Array(bins),
  least: new Float64Array(bins).fill(Number.POSITIVE_INFINITY),
  greatest: new Float64Array(bins).fill(Number.NEGATIVE_INFINITY),
});

/** Each operation keeps the order of what is given to it, so that of two distances the greater never has the lower bin. */
const count = ({ stretch: { low, high }, counts, least, greatest }: Tally, distance: number): void => {
  if (distance < low || distance > high) return;
  const bin = Math.min(bins - 1, Math.floor(((distance - low) / (high - low)) * bins));
  counts[bin] = at(counts, bin) + 1;
  if (distance < at(least, bin)) least[bin] = distance;
  if (distance > at(greatest, bin)) greatest[bin] = distance;
};

/** The bin of the distance that `rank` others are before. */
const narrowed = ({ stretch, counts, least, greatest }: Tally, rank: number): Stretch => {
  let [bin, below] = [0, stretch.below];
  while (bin < bins - 1 && below + at(counts, bin) <= rank) {
    below += at(counts, bin);
    bin += 1;
  }
  return { low: at(least, bin), high: at(greatest, bin), below, count: at(counts, bin) };
};

/** Stretches by their ends, each once. */
const distinct = (stretches: readonly Stretch[]): readonly Stretch[] => [
  ...new Map(stretches.map((stretch) => [`${stretch.low} ${stretch.high}`, stretch])).values(),
];

const isOne = ({ low, high }: Pick<Stretch, "low" | "high">): boolean => low === high;

type EachDistance = (tell: (distance: number) => void) => void;

/** Stretches so narrow that each is one distance, many times perhaps, or has no more distances than there is room for. */
const narrowEnough = (each: EachDistance, first: Stretch, ranks: readonly number[], room: number): readonly Stretch[] => {
  const isWide = (stretch: Stretch): boolean => !isOne(stretch) && stretch.count > room;
  let stretches = ranks.map(() => first);
  while (stretches.some(isWide)) {
    const tallies = distinct(stretches.filter(isWide)).map(emptyTally);
    each((distance) => {
      for (let index = 0; index < tallies.length; index++) count(tallies[index] as Tally, distance);
    });
    stretches = stretches.map((stretch, index) => {
      const tally = tallies.find(({ stretch: { low, high } }) => low === stretch.low && high === stretch.high);
      return tally === undefined ? stretch : narrowed(tally, ranks[index] ?? 0);
    });
  }
  return stretches;
};

/** The distances within each stretch, in order. */
const heldIn = (each: EachDistance, stretches: readonly Stretch[]): readonly (Stretch & { readonly held: Float64Array })[] => {
  const open = stretches.filter((stretch) => !isOne(stretch)).map((stretch) => ({ ...stretch, held: new Float64Array(stretch.count) }));
  const ends = new Int32Array(open.length);
  if (open.length > 0)
    each((distance) => {
      for (let index = 0; index < open.length; index++) {
        const { low, high, held } = open[index] as (typeof open)[number];
        if (distance < low || distance > high) continue;
        held[at(ends, index)] = distance;
        ends[index] = at(ends, index) + 1;
      }
    });
  return open.map((stretch) => ({ ...stretch, held: stretch.held.sort() }));
};

/** How many of `pairs` are at most a share `rate` of them: as fractions compare, where a product would be rounded. */
const allowed = (rate: number, pairs: number): number => {
  const near = Math.floor(rate * pairs);
  return (near + 1) / pairs <= rate ? near + 1 : near / pairs <= rate ? near : near - 1;
};

/** No distance of these is greater, though squares that are almost nothing be rounded up to twice as much; not finite where squares overflow. */
const farthest = (sets: readonly Rows[]): number => {
  const largest = sets.reduce(
    (most, { embeddings: { data } }) =>
      Array.prototype.reduce.call(data, (a, b) => Math.max(a as number, Math.abs(b as number)), most) as number,
    0,
  );
  const length = axisLength(sets[0]?.embeddings.shape ?? [0, 0], 1);
  return Number.isFinite((2 * largest) ** 2 * length) ? 4 * largest * Math.sqrt(length) : Number.POSITIVE_INFINITY;
};

/** Why there can be no threshold; undefined where there can. */
const uncalibratable = (queries: Rows, { gallery, rates = usualRates }: ThresholdOptions): Fault | undefined => {
  const rate = rates.find((one) => !(one >= 0 && one < 1));
  if (rate !== undefined) return misused(`a rate of false matches of ${rate}: use a share, 0 or more and less than 1`);
  const refused = unscorable(queries.embeddings, queries.labels, { gallery, lone: "miss" });
  if (refused !== undefined) return refused;
  if (!Number.isFinite(farthest([queries, gallery ?? queries]))) return failed("embeddings so large that their distances are not finite");
  return pairCounts(queries.labels, gallery?.labels).different > 0
    ? undefined
    : failed("all pictures are of one class: no pair of them could be a false match", { remedy: "give pictures of two classes or more" });
};

/**
 * For each rate the largest distance within which at most that share of the pairs of different classes lies, from embeddings [N, D] and
 * labels [N], each two of them a pair, or each query with each row of a gallery. Distances are Euclidean, square roots of differences
 * summed in float64. Pairs are compared two or three times and never held: at most `room` distances of each rate are.
 *
 * Pairs share their pictures, so that they say less than as many single draws would.
 *
 * @example
 * import { thresholdsOf, unsafeTensor } from "mdr-ts";
 * const line = { embeddings: unsafeTensor([4, 1], [0, 1, 3, 7]), labels: ["cat", "cat", "dog", "dog"] };
 * thresholdsOf(line, { rates: [0.25] }).right; // => { "same": 2, "different": 4, "thresholds": [{ "rate": 0.25, "distance": 3, "falseMatches": 1, "matches": 1 }] }
 */
export const thresholdsOf = (queries: Rows, options: ThresholdOptions = {}): E.Either<Fault, Calibration> => {
  const refused = uncalibratable(queries, options);
  if (refused !== undefined) return E.left(refused);
  const { gallery, rates = usualRates, room = 2 ** 20 } = options;
  const { same, different } = pairCounts(queries.labels, gallery?.labels);
  const each: EachDistance = (tell) => eachDifferent(queries, options, tell);
  const ranks = rates.map((rate) => allowed(rate, different));
  const first: Stretch = { low: 0, high: farthest([queries, gallery ?? queries]), below: 0, count: different };
  const stretches = narrowEnough(each, first, ranks, room);
  const held = heldIn(each, distinct(stretches));
  const found = stretches.map((stretch, index) => {
    const own = held.find(({ low, high }) => low === stretch.low && high === stretch.high);
    if (own === undefined) return { distance: stretch.low, falseMatches: stretch.below };
    const distance = at(own.held, (ranks[index] ?? 0) - own.below);
    return { distance, falseMatches: own.below + own.held.indexOf(distance) };
  });
  const matches = new Float64Array(rates.length);
  eachSame(queries, options, (distance) => {
    for (let index = 0; index < found.length; index++)
      if (distance < (found[index]?.distance ?? 0)) matches[index] = at(matches, index) + 1;
  });
  const thresholds = found.map((one, index): Threshold => ({ rate: rates[index] ?? 0, ...one, matches: at(matches, index) }));
  return E.right({ same, different, thresholds });
};

/** Fewer false matches than this decide nothing: the deviation of a count of ten is a third of it. */
const fewest = 10;

/** What is to be said against a threshold; undefined where enough pairs stand behind it. */
export const doubtOf = ({ rate }: Pick<Threshold, "rate">, { different }: Pick<Calibration, "different">): string | undefined =>
  rate * different < fewest
    ? `of ${different} pairs of different classes a share of ${rate} is ${allowed(rate, different)}: too few to say much`
    : undefined;
