/** The judgement of a probe: its pairs with their distances, the levels that these belong to, and how the objective pulls at them (the paper's Figure 1b). */
import { referenceKernels } from "../engines/index.js";
import { batchStatistics, type Judged, nearestLevel, normalise } from "../metric/index.js";
import { at, itemOf, named, scalar, type Tensor, vector } from "../tensor/index.js";
import type { Choices } from "./choices.js";
import { arrowsOf, type Changed, type Judgeable, termsAt } from "./judged.js";

/** The gradient of a loss in a pair's distance as the loss sees it, after the head: above 0 the pair is drawn together, below 0 pushed apart. */
export interface Pull {
  /** Of the whole objective; undefined where a part of it goes by the embeddings themselves and not by their distances. */
  readonly whole: number | undefined;
  /** Of the regularizer alone, with its weight; undefined likewise. */
  readonly regularizer: number | undefined;
}

/** Two pictures of the probe. */
export interface Pair {
  readonly i: number;
  /** Above i. */
  readonly j: number;
  /** Of one class. */
  readonly positive: boolean;
  /** Of the raw embeddings. */
  readonly distance: number;
  /** After the head, which is what is judged. */
  readonly judged: number;
  /** (judged - mean) / deviation */
  readonly normalised: number;
  /** The nearest level, of two as near the lower one. */
  readonly level: number;
  readonly pull: Pull;
}

/** A probe's pairs, and what their distances are normalised by. */
export interface Pairs {
  readonly pairs: readonly Pair[];
  /** mu* and sigma* of MDR, this batch included; without MDR the batch's own. */
  readonly mean: number;
  readonly deviation: number;
  /** Those of MDR; without it those that it would begin with. */
  readonly levels: readonly number[];
}

const k = referenceKernels;

/** Gradient in the distances [N, N]; undefined where the judgement goes by the embeddings. */
const pulledBy = ({ pull }: Judged<Tensor>): ((flat: number) => number) | undefined => {
  const { distances, embeddings, raw } = pull(scalar(1));
  if (embeddings !== undefined || raw !== undefined) return undefined;
  return distances === undefined ? () => 0 : (flat) => at(distances.data, flat);
};

/** Every pair of the probe once, i < j, in order. */
const pairsOf = (
  choices: Choices,
  { probe: { labels } }: Judgeable,
  changed: Changed,
  { squared, headed, metric, beside, parameters }: ReturnType<typeof termsAt>,
): Pairs => {
  const count = labels.length;
  const own = parameters["regularizer.levels"];
  const levels = own ?? vector(changed.levels ?? choices.levels);
  const statistics =
    own === undefined
      ? batchStatistics(k, choices.variant)(headed.distances)
      : { mean: named(beside.parts, "mean"), deviation: named(beside.parts, "deviation") };
  const [normalised] = normalise(k)(statistics)(headed.distances);
  const nearest = nearestLevel(k)(normalised, levels);
  const distances = k.map("squareRoot", squared);
  const [ofLoss, ofRegularizer] = [pulledBy(metric), pulledBy(beside)];
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++)
    for (let j = i + 1; j < count; j++) {
      const [there, back] = [i * count + j, j * count + i];
      // A pair has two places in [N, N], and one distance.
      const both = (pull: ((flat: number) => number) | undefined): number | undefined => pull && pull(there) + pull(back);
      const [metricPull, regularizer] = [both(ofLoss), both(ofRegularizer)];
      pairs.push({
        i,
        j,
        positive: labels[i] === labels[j],
        distance: at(distances.data, there),
        judged: at(headed.distances.data, there),
        normalised: at(normalised.data, there),
        level: at(nearest.data, there),
        pull: { whole: metricPull === undefined || regularizer === undefined ? undefined : metricPull + regularizer, regularizer },
      });
    }
  return { pairs, mean: itemOf(statistics.mean), deviation: itemOf(statistics.deviation), levels: Array.from(levels.data) };
};

/** How the objective judges a moment. Values without functions: a page has it from a thread. */
export interface Judgement {
  readonly pairs: Pairs;
  /** Where the probe's embeddings want to go, [N, D]. */
  readonly arrows: Tensor;
}

/** The judgement of a moment. `changed` may hold other levels or other embeddings than the moment's. */
export const judgementOf = (choices: Choices, moment: Judgeable, changed: Changed = {}): Judgement => {
  const terms = termsAt(choices, moment, changed);
  return { pairs: pairsOf(choices, moment, changed, terms), arrows: arrowsOf(terms) };
};
