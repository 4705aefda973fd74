/** Scores on classes that train, for learning curves: of a sample that stays the same from epoch to epoch. */
import { nearestNeighbours, retrievalMetrics } from "../evaluate/index.js";
import type { Tensor } from "../tensor/index.js";

export interface SeenScores {
  /** Of the sample's pictures among each other: fewer others than on a whole data set, and so a higher figure. */
  readonly "recall@1": number;
  /** How many pictures the sample has. */
  readonly pictures: number;
}

/**
 * About `wanted` pictures, of whole classes with two or more, which are spread evenly over all in their order; every such picture where
 * there are no more. Whole classes, because a picture alone of its kind finds nothing.
 */
export const seenSample = (labels: readonly number[], wanted: number): readonly number[] => {
  const members = new Map<number, number[]>();
  for (const [index, label] of labels.entries()) {
    const own = members.get(label);
    if (own === undefined) members.set(label, [index]);
    else own.push(index);
  }
  const classes = [...members.values()].filter(({ length }) => length >= 2);
  const total = classes.reduce((sum, { length }) => sum + length, 0);
  if (wanted === 0 || total === 0) return [];
  const count = total <= wanted ? classes.length : Math.max(Math.min(2, classes.length), Math.floor((classes.length * wanted) / total));
  return Array.from({ length: count }, (_, index) => classes[Math.floor((index * classes.length) / count)] ?? []).flat();
};

/** Recall@1 of the sample's embeddings [n, D]; `labels` are of all training pictures. */
export const seenRecall = (embeddings: Tensor, labels: readonly number[], sample: readonly number[]): SeenScores => {
  const own = sample.map((index) => labels[index] ?? 0);
  const neighbours = nearestNeighbours(embeddings, embeddings, { count: 1, same: true });
  return {
    "recall@1": retrievalMetrics(neighbours, own, own, { ranks: [1], same: true })["recall@1"] ?? 0,
    pictures: sample.length,
  };
};
