/** k-means clusters of embeddings, and how much they say of the classes. */
import { type Random, seeded, uniform } from "../random/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { adjustedMutualInformation, normalisedMutualInformation } from "./information.js";
import type { Labels } from "./queries.js";
import { block, inBlocks, squaredFrom } from "./squared.js";

/** First centres by k-means++ (Arthur and Vassilvitskii 2007): each new one drawn by squared distance to the nearest. */
const firstCentres = (points: Float64Array, rows: number, length: number, clusters: number, random: Random): Float64Array => {
  const centres = inBlocks([], clusters, length);
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  const distances = new Float64Array(block);
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
    for (let start = 0; start < rows; start += block) {
      squaredFrom(points, start, centres, cluster, length, distances);
      for (let row = start; row < Math.min(start + block, rows); row++)
        nearest[row] = Math.min(at(nearest, row), at(distances, row - start));
    }
  }
  return centres;
};

/** The nearest centre of a point, the lower of two as near; and the squared distance of the nearest but one. */
const nearestCentre = (
  points: Float64Array,
  row: number,
  centres: Float64Array,
  clusters: number,
  length: number,
): { readonly best: number; readonly others: number } => {
  const distances = new Float64Array(block);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  let others = Number.POSITIVE_INFINITY;
  for (let start = 0; start < clusters; start += block) {
    squaredFrom(centres, start, points, row, length, distances);
    for (let cluster = start; cluster < Math.min(start + block, clusters); cluster++) {
      const distance = at(distances, cluster - start);
      if (distance < least) {
        others = least;
        least = distance;
        best = cluster;
      } else if (!(distance >= others)) others = distance;
    }
  }
  return { best, others };
};

/** What rounding can do to a distance, and far more: bounds keep this share away from what they bound. */
const slack = 1e-9;

/** Means of the points of each cluster, in place; how far the farthest of the centres went. A cluster that lost all its points keeps its centre. */
const moveCentres = (centres: Float64Array, points: Float64Array, assigned: Int32Array, clusters: number, length: number): number => {
  const counts = new Float64Array(clusters);
  const sums = new Float64Array(clusters * length);
  for (let row = 0; row < assigned.length; row++) {
    const cluster = at(assigned, row);
    counts[cluster] = at(counts, cluster) + 1;
    for (let k = 0; k < length; k++) sums[cluster * length + k] = at(sums, cluster * length + k) + at(points, row * length + k);
  }
  let farthest = 0;
  for (let cluster = 0; cluster < clusters; cluster++) {
    const count = at(counts, cluster);
    if (count === 0) continue;
    let square = 0;
    for (let i = cluster * length; i < (cluster + 1) * length; i++) {
      const mean = at(sums, i) / count;
      square += (mean - at(centres, i)) ** 2;
      centres[i] = mean;
    }
    farthest = Math.max(farthest, Math.sqrt(square));
  }
  return farthest;
};

/**
 * Cluster of each row of points [N, D], by Lloyd's iterations from seeded k-means++ centres. A point is compared with all centres only
 * where its own may no longer be the nearest (Hamerly 2010): the clusters are those of comparing always.
 */
export const kMeans = (points: Tensor, clusters: number, seed: number, iterations = 50): Int32Array => {
  const [rows, length] = [axisLength(points.shape, 0), axisLength(points.shape, 1)];
  const data = inBlocks(points.data, rows, length);
  const centres = firstCentres(data, rows, length, clusters, seeded(seed));
  const assigned = new Int32Array(rows).fill(-1);
  // No other centre than its own is nearer to a point than this.
  const others = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY);
  const own = new Float64Array(block);
  for (let iteration = 0; iteration < iterations; iteration++) {
    let moved = false;
    for (let row = 0; row < rows; row++) {
      const bound = at(others, row);
      if (bound > 0) {
        squaredFrom(data, row - (row % block), centres, at(assigned, row), length, own);
        if (Math.sqrt(at(own, row % block)) * (1 + slack) < bound) continue;
      }
      const found = nearestCentre(data, row, centres, clusters, length);
      moved = moved || at(assigned, row) !== found.best;
      assigned[row] = found.best;
      others[row] = Math.sqrt(found.others) * (1 - slack);
    }
    if (!moved) break;
    const went = moveCentres(centres, data, assigned, clusters, length) * (1 + slack);
    for (let row = 0; row < rows; row++) others[row] = at(others, row) * (1 - slack) - went;
  }
  return assigned;
};

/**
 * `nmi` and `ami` of the classes and as many k-means clusters of their embeddings [N, D]. An iteration costs N * D * classes at most:
 * hours where classes are ten thousand.
 */
export const clusterScores = (embeddings: Tensor, labels: Labels, seed = 0): { readonly nmi: number; readonly ami: number } => {
  const clusters = kMeans(embeddings, new Set(Array.from(labels)).size, seed);
  return { nmi: normalisedMutualInformation(labels, clusters), ami: adjustedMutualInformation(labels, clusters) };
};
