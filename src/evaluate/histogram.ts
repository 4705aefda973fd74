/** How the distances of a set of embeddings lie about their mean: what the regularizer gathers on its levels. */
import { at, axisLength, type Tensor } from "../tensor/index.js";

/** Shares of the pairs i < j in bins of equal width over normalised distances [-5, 5]; what is outside is in the end bins. */
export interface DistanceHistogram {
  readonly mean: number;
  readonly deviation: number;
  readonly shares: readonly number[];
}

/** Deviations to either side of the mean that the bins cover; what lies beyond is in the outermost. */
export const histogramRange = 5;
const bins = 50;

/** The histogram of a set's own distances, normalised by their own mean and deviation. Embeddings [N, D]. */
export const distanceHistogram = (embeddings: Tensor): DistanceHistogram => {
  const count = axisLength(embeddings.shape, 0);
  const width = axisLength(embeddings.shape, 1);
  const distances: number[] = [];
  for (let i = 0; i < count; i++)
    for (let j = i + 1; j < count; j++) {
      let square = 0;
      for (let d = 0; d < width; d++) square += (at(embeddings.data, i * width + d) - at(embeddings.data, j * width + d)) ** 2;
      distances.push(Math.sqrt(square));
    }
  if (distances.length === 0) return { mean: 0, deviation: 0, shares: new Array<number>(bins).fill(0) };
  const mean = distances.reduce((sum, d) => sum + d, 0) / distances.length;
  const deviation = Math.sqrt(distances.reduce((sum, d) => sum + (d - mean) ** 2, 0) / distances.length);
  const counts = new Array<number>(bins).fill(0);
  for (const distance of distances) {
    const normalised = deviation > 0 ? (distance - mean) / deviation : 0;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(((normalised + histogramRange) / (2 * histogramRange)) * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { mean, deviation, shares: counts.map((n) => n / distances.length) };
};
