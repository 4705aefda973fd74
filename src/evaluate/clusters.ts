/**
 * Normalised mutual information between classes and k-means clusters: 2 I(classes; clusters) / (H(classes) + H(clusters)),
 * as Manning et al. 2008 (section 16.3) define it and the metric-learning literature reports it.
 */
import { type Random, seeded, uniform } from "../random/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import type { Labels } from "./queries.js";

const squaredDistance = (a: Float64Array, i: number, b: Float64Array, j: number, length: number): number => {
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const difference = at(a, i * length + k) - at(b, j * length + k);
    sum += difference * difference;
  }
  return sum;
};

/** First centres by k-means++ (Arthur and Vassilvitskii 2007): each new one drawn by squared distance to the nearest. */
const firstCentres = (points: Float64Array, rows: number, length: number, clusters: number, random: Random): Float64Array => {
  const centres = new Float64Array(clusters * length);
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let state = random;
  for (let cluster = 0; cluster < clusters; cluster++) {
    const [share, next] = uniform(state);
    state = next;
    const total = nearest.reduce((sum, value) => sum + value, 0);
    let chosen = Math.floor(share * rows);
    if (cluster > 0 && total > 0) {
      let running = 0;
      chosen = nearest.findIndex((value) => {
        running += value;
        return running > share * total;
      });
      if (chosen < 0) chosen = rows - 1;
    }
    centres.set(points.subarray(chosen * length, (chosen + 1) * length), cluster * length);
    for (let row = 0; row < rows; row++) nearest[row] = Math.min(at(nearest, row), squaredDistance(points, row, centres, cluster, length));
  }
  return centres;
};

/** Cluster of each row of points [N, D], by Lloyd's iterations from seeded k-means++ centres. */
export const kMeans = (points: Tensor, clusters: number, seed: number, iterations = 50): Int32Array => {
  const [rows, length] = [axisLength(points.shape, 0), axisLength(points.shape, 1)];
  const data = Float64Array.from(points.data);
  const centres = firstCentres(data, rows, length, clusters, seeded(seed));
  const assigned = new Int32Array(rows).fill(-1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    let moved = false;
    for (let row = 0; row < rows; row++) {
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let cluster = 0; cluster < clusters; cluster++) {
        const distance = squaredDistance(data, row, centres, cluster, length);
        if (distance < least) {
          least = distance;
          best = cluster;
        }
      }
      moved = moved || at(assigned, row) !== best;
      assigned[row] = best;
    }
    if (!moved) break;
    const counts = new Float64Array(clusters);
    const sums = new Float64Array(clusters * length);
    for (let row = 0; row < rows; row++) {
      const cluster = at(assigned, row);
      counts[cluster] = at(counts, cluster) + 1;
      for (let k = 0; k < length; k++) sums[cluster * length + k] = at(sums, cluster * length + k) + at(data, row * length + k);
    }
    // A cluster that lost all its points keeps its centre.
    for (let i = 0; i < centres.length; i++) {
      const count = at(counts, Math.floor(i / length));
      if (count > 0) centres[i] = at(sums, i) / count;
    }
  }
  return assigned;
};

const entropy = (counts: Iterable<number>, total: number): number =>
  Array.from(counts).reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);

const tally = (keys: readonly string[]): ReadonlyMap<string, number> =>
  keys.reduce<Map<string, number>>((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map());

/** NMI of two labellings of the same things: 0 where they say nothing of each other, 1 where they agree up to names. */
export const normalisedMutualInformation = (a: Labels, b: Labels): number => {
  const [left, right] = [Array.from(a, String), Array.from(b, String)];
  const total = left.length;
  if (total === 0) return 0;
  const joint = left.map((label, index) => JSON.stringify([label, right[index]]));
  const [entropyA, entropyB, entropyBoth] = [left, right, joint].map((keys) => entropy(tally(keys).values(), total)) as [
    number,
    number,
    number,
  ];
  const sum = entropyA + entropyB;
  return sum === 0 ? 1 : Math.min(1, Math.max(0, (2 * (entropyA + entropyB - entropyBoth)) / sum));
};

/** NMI of the classes and as many k-means clusters of their embeddings [N, D]. */
export const clusteringNmi = (embeddings: Tensor, labels: Labels, seed = 0): number =>
  normalisedMutualInformation(labels, kMeans(embeddings, new Set(Array.from(labels)).size, seed));
