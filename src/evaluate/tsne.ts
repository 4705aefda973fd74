/**
 * t-SNE, exactly: points of many numbers as points of a plane in which near stays near (van der Maaten and Hinton 2008). Every pair is
 * looked at in every iteration, which some hundred points bear well; thousands would want an approximation.
 */
import { normals, seeded } from "../random/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";

/** How points are placed. */
export interface TsneOptions {
  /** About how many neighbours each point keeps near: 30 unless given, and at most a third of the others. */
  readonly perplexity?: number;
  /** 1000 unless given. */
  readonly iterations?: number;
  /** Of the first places. */
  readonly seed?: number;
}

/** Squared distances of rows [N, D], flat. */
const squaredDistances = ({ shape, data }: Tensor): Float64Array => {
  const [count, width] = [axisLength(shape, 0), axisLength(shape, 1)];
  const squares = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += (at(data, i * width + d) - at(data, j * width + d)) ** 2;
      squares[i * count + j] = sum;
      squares[j * count + i] = sum;
    }
  return squares;
};

/** p(j | i) of one row at a precision beta, by the distances over the nearest; and their entropy in nats. */
const conditionals = (squares: Float64Array, i: number, beta: number): { readonly shares: Float64Array; readonly entropy: number } => {
  const nearest = squares.reduce((least, square, j) => (j === i ? least : Math.min(least, square)), Number.POSITIVE_INFINITY);
  const shares = squares.map((square, j) => (j === i ? 0 : Math.exp(-beta * (square - nearest))));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const mean = shares.reduce((sum, share, j) => sum + (share === 0 ? 0 : share * (at(squares, j) - nearest)), 0) / total;
  return { shares: shares.map((share) => share / total), entropy: Math.log(total) + beta * mean };
};

/** The precision at which a row has the wished entropy, by halving: entropy falls as precision grows. */
const fittedRow = (squares: Float64Array, i: number, entropy: number): Float64Array => {
  let [low, high, beta] = [0, Number.POSITIVE_INFINITY, 1];
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = conditionals(squares, i, beta).entropy - entropy;
    if (Math.abs(found) < 1e-10) break;
    if (found > 0) low = beta;
    else high = beta;
    beta = high === Number.POSITIVE_INFINITY ? 2 * beta : (low + high) / 2;
  }
  return conditionals(squares, i, beta).shares;
};

/**
 * How near each two points [N, D] are, as shares [N x N, flat] of 1: p(j | i) at the wished perplexity, each two averaged (section 3.1).
 */
export const affinities = (points: Tensor, perplexity: number): Float64Array => {
  const count = axisLength(points.shape, 0);
  const squares = squaredDistances(points);
  const rows = Array.from({ length: count }, (_, i) => fittedRow(squares.subarray(i * count, (i + 1) * count), i, Math.log(perplexity)));
  const shares = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) shares[i * count + j] = ((rows[i]?.[j] ?? 0) + (rows[j]?.[i] ?? 0)) / (2 * count);
  return shares;
};

/** Student's kernel of each two places, and its sum. */
const kernelOf = (places: Tensor): { readonly kernel: Float64Array; readonly total: number } => {
  const count = axisLength(places.shape, 0);
  const kernel = squaredDistances(places).map((square, index) => (index % (count + 1) === 0 ? 0 : 1 / (1 + square)));
  return { kernel, total: kernel.reduce((sum, value) => sum + value, 0) };
};

/** KL(P || Q) of affinities and places [N, 2]: what t-SNE makes small (equation 2). */
export const tsneDivergence = (shares: Float64Array, places: Tensor): number => {
  const { kernel, total } = kernelOf(places);
  return shares.reduce((sum, share, index) => (share === 0 ? sum : sum + share * Math.log((share * total) / at(kernel, index))), 0);
};

/** Its gradient in the places: 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2) (equation 5). */
export const tsneGradient = (shares: Float64Array, places: Tensor): Tensor => {
  const count = axisLength(places.shape, 0);
  const { kernel, total } = kernelOf(places);
  const gradient = new Float64Array(2 * count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      const near = at(kernel, i * count + j);
      const pull = 4 * (at(shares, i * count + j) - near / total) * near;
      for (const axis of [0, 1]) {
        const difference = at(places.data, 2 * i + axis) - at(places.data, 2 * j + axis);
        gradient[2 * i + axis] = at(gradient, 2 * i + axis) + pull * difference;
      }
    }
  return { shape: [count, 2], data: gradient };
};

/** Affinities are made larger for the first quarter, so that clusters form before they spread. */
const exaggeration = { factor: 12, share: 0.25 } as const;

/**
 * Places [N, 2] of points [N, D]: gradient descent with momentum and a gain a coordinate, from small seeded places. One seed gives one
 * picture.
 *
 * @example
 * import { tsne, unsafeTensor } from "mdr-ts";
 * tsne(unsafeTensor([4, 1], [0, 1, 8, 9])).shape; // => [4, 2]
 */
export const tsne = (points: Tensor, { perplexity = 30, iterations = 1000, seed = 0 }: TsneOptions = {}): Tensor => {
  const count = axisLength(points.shape, 0);
  if (count < 3) return { shape: [count, 2], data: Float64Array.from({ length: 2 * count }, (_, index) => (index === 2 ? 1 : 0)) };
  const shares = affinities(points, Math.max(1, Math.min(perplexity, (count - 1) / 3)));
  const exaggerated = shares.map((share) => exaggeration.factor * share);
  const rate = Math.max(count / exaggeration.factor / 4, 50);
  const places = normals(2 * count, seeded(seed))[0].map((value) => 1e-4 * value);
  const speed = new Float64Array(2 * count);
  const gains = new Float64Array(2 * count).fill(1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const early = iteration < iterations * exaggeration.share;
    const { data: slope } = tsneGradient(early ? exaggerated : shares, { shape: [count, 2], data: places });
    for (let k = 0; k < places.length; k++) {
      // Still downhill the way it went: it may go faster. Else it swings, and goes more slowly.
      gains[k] = Math.max(0.01, at(slope, k) * at(speed, k) < 0 ? at(gains, k) + 0.2 : at(gains, k) * 0.8);
      speed[k] = (early ? 0.5 : 0.8) * at(speed, k) - rate * at(gains, k) * at(slope, k);
      places[k] = at(places, k) + at(speed, k);
    }
  }
  return { shape: [count, 2], data: places };
};
