/** Where each pair's distance stands in its strip: across by its normalised distance, up by where there is room. Pure, in typed arrays. */
import type { Pair } from "#mdr/play/index.js";
import { scattered } from "../draw/motion.js";

/** Pairs as they are drawn, one entry each. */
export interface Strip {
  /** Normalised distance. */
  readonly across: Float64Array;
  /** From -1 to 1 within the strip. */
  readonly up: Float64Array;
  readonly pairs: readonly Pair[];
  /** Of each level that is nearest to one of them: its pairs, by their places. */
  readonly groups: readonly { readonly level: number; readonly members: readonly number[] }[];
}

const bins = 48;

/** How many lie about each place from `low` to `high`, smoothed, the most being 1. */
const crowd = (values: Float64Array, low: number, high: number): Float64Array => {
  const counts = new Float64Array(bins);
  const width = (high - low) / bins;
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const smooth = counts.map((count, index) => 0.5 * count + 0.25 * ((counts[index - 1] ?? 0) + (counts[index + 1] ?? 0)));
  const most = smooth.reduce((largest, one) => Math.max(largest, one), 1e-9);
  return smooth.map((one) => one / most);
};

const groupsOf = (pairs: readonly Pair[]): Strip["groups"] => {
  const groups = new Map<number, number[]>();
  pairs.forEach(({ level }, place) => {
    const members = groups.get(level);
    if (members === undefined) groups.set(level, [place]);
    else members.push(place);
  });
  return [...groups].map(([level, members]) => ({ level, members })).sort((a, b) => a.level - b.level);
};

/** The pairs of one kind within an axis from -reach to reach. A pair keeps its own height, so that an eye can follow it; where pairs are few it is small. */
export const stripOf = (pairs: readonly Pair[], reach: number): Strip => {
  const across = Float64Array.from(pairs, ({ normalised }) => normalised);
  const density = crowd(across, -reach, reach);
  const up = Float64Array.from(pairs, ({ i, j, normalised }) => {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(((normalised + reach) / (2 * reach)) * bins)));
    return (2 * scattered(i * 4099 + j) - 1) * (0.12 + 0.88 * Math.sqrt(density[bin] ?? 0));
  });
  return { across, up, pairs, groups: groupsOf(pairs) };
};

/** Half the axis: 3.5 deviations, more where a level or all but a hundredth of the distances lie beyond, and never above 9. */
export const reachOf = (pairs: readonly Pair[], levels: readonly number[]): number => {
  const far = pairs.map(({ normalised }) => Math.abs(normalised)).sort((a, b) => a - b);
  const most = Math.max(3.5, far[Math.floor(far.length * 0.99)] ?? 0, ...levels.map((level) => Math.abs(level) + 0.5));
  return Math.min(9, Math.ceil(2 * most) / 2);
};

/** Limits between the intervals of levels, in the order of the levels: halfway, for each distance belongs to its nearest. */
export const intervalsOf = (levels: readonly number[], reach: number) => {
  const order = levels.map((level, index) => ({ level, index })).sort((a, b) => a.level - b.level);
  return order.map(({ level, index }, place) => ({
    index,
    level,
    from: place === 0 ? -reach : (level + (order[place - 1]?.level ?? level)) / 2,
    to: place === order.length - 1 ? reach : (level + (order[place + 1]?.level ?? level)) / 2,
  }));
};

/** The strongest pull of each kind, by which arrows are drawn; never 0. */
export const strongestOf = (pairs: readonly Pair[]): Readonly<Record<keyof Pair["pull"], number>> => ({
  whole: pairs.reduce((most, { pull }) => Math.max(most, Math.abs(pull.whole ?? 0)), 1e-12),
  regularizer: pairs.reduce((most, { pull }) => Math.max(most, Math.abs(pull.regularizer ?? 0)), 1e-12),
});

/** How many pairs of each kind belong to each level. */
export const countsOf = (pairs: readonly Pair[], levels: number): readonly { readonly positives: number; readonly negatives: number }[] =>
  Array.from({ length: levels }, (_, level) => {
    const own = pairs.filter((pair) => pair.level === level);
    const positives = own.filter(({ positive }) => positive).length;
    return { positives, negatives: own.length - positives };
  });
