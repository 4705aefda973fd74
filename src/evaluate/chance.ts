/** What drawing at random would score: the expectations of the metrics over all orders of the gallery, exactly. */

import type { Labels } from "./queries.js";
import { matchesOf, othersOf, type QueryOptions } from "./queries.js";

/** That K drawn of `others` hold one of the `matches`: 1 - C(others - matches, K) / C(others, K). */
const recallByChance = (k: number, matches: number, others: number): number => {
  const drawn = Math.min(k, others);
  let none = 1;
  for (let i = 0; i < drawn; i++) none *= Math.max(0, others - matches - i) / (others - i);
  return 1 - none;
};

/** Mean over ranks i = 1 .. R of the chance of a hit times the precision that is then expected, (1 + (i - 1) (R - 1) / (n - 1)) / i. */
const mapByChance = (matches: number, others: number): number => {
  const following = others > 1 ? (matches - 1) / (others - 1) : 0;
  let sum = 0;
  for (let i = 1; i <= matches; i++) sum += ((matches / others) * (1 + (i - 1) * following)) / i;
  return sum / matches;
};

/**
 * Expected `recall@K`, `precision@1`, `r-precision` and `map@r` of neighbours in random order, by the same rule for lone queries.
 *
 * @example
 * import { chanceScores } from "mdr-ts";
 * chanceScores(["cat", "cat", "dog", "dog"], [1, 2])["recall@2"]?.toFixed(6); // => "0.666667"
 */
export const chanceScores = (labels: Labels, ranks: readonly number[], { gallery, lone = "skip" }: QueryOptions = {}) => {
  const others = othersOf(labels, gallery);
  const asked = matchesOf(labels, gallery).filter((matches) => matches > 0 || lone === "miss");
  const mean = (of: (matches: number) => number): number =>
    asked.reduce((sum, matches) => sum + (matches === 0 ? 0 : of(matches)), 0) / Math.max(1, asked.length);
  const hit = mean((matches) => matches / others);
  return {
    ...Object.fromEntries(ranks.map((k) => [`recall@${k}`, mean((matches) => recallByChance(k, matches, others))])),
    "precision@1": hit,
    "r-precision": hit,
    "map@r": mean((matches) => mapByChance(matches, others)),
  } as Readonly<Record<string, number>>;
};
