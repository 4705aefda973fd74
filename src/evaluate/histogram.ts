/** How the distances of a set of embeddings lie about their mean: what the regularizer gathers on its levels. */
import { at, axisLength, type Tensor } from "../tensor/index.js";

/** Shares of some pairs in bins of equal width over normalised distances [-5, 5]; what is outside is in the end bins. */
export interface PairShares {
  readonly pairs: number;
  readonly shares: readonly number[];
}

/** All pairs i < j, and apart from each other those of one class and those of two: all about the mean and deviation of all. */
export interface DistanceHistogram {
  readonly mean: number;
  readonly deviation: number;
  readonly shares: readonly number[];
  readonly positives: PairShares;
  readonly negatives: PairShares;
}

/** Deviations to either side of the mean that the bins cover; what lies beyond is in the outermost. */
export const histogramRange = 5;
const bins = 50;

const shared = (counts: readonly number[]): PairShares => {
  const pairs = counts.reduce((sum, count) => sum + count, 0);
  return { pairs, shares: counts.map((count) => (pairs === 0 ? 0 : count / pairs)) };
};

/** The histograms of a set's own distances, normalised by their own mean and deviation. Embeddings [N, D], labels [N]. */
export const distanceHistogram = (embeddings: Tensor, labels: ArrayLike<number>): DistanceHistogram => {
  const count = axisLength(embeddings.shape, 0);
  const width = axisLength(embeddings.shape, 1);
  const distances: number[] = [];
  const alike: boolean[] = [];
  for (let i = 0; i < count; i++)
    for (let j = i + 1; j < count; j++) {
      let square = 0;
      for (let d = 0; d < width; d++) square += (at(embeddings.data, i * width + d) - at(embeddings.data, j * width + d)) ** 2;
      distances.push(Math.sqrt(square));
      alike.push(labels[i] === labels[j]);
    }
  const number = Math.max(1, distances.length);
  const mean = distances.reduce((sum, d) => sum + d, 0) / number;
  const deviation = Math.sqrt(distances.reduce((sum, d) => sum + (d - mean) ** 2, 0) / number);
  const positives = new Array<number>(bins).fill(0);
  const negatives = new Array<number>(bins).fill(0);
  for (const [pair, distance] of distances.entries()) {
    const normalised = deviation > 0 ? (distance - mean) / deviation : 0;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(((normalised + histogramRange) / (2 * histogramRange)) * bins)));
    const counts = alike[pair] === true ? positives : negatives;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const { shares } = shared(positives.map((own, bin) => own + (negatives[bin] ?? 0)));
  return { mean, deviation, shares, positives: shared(positives), negatives: shared(negatives) };
};
