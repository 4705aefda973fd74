/** t-SNE: its affinities have the wished perplexity, its gradient is that of the divergence, and near stays near. */
import { expect, it } from "vitest";
import { affinities, nearestNeighbours, tsne, tsneDivergence, tsneGradient } from "../src/evaluate/index.js";
import { normals, seeded } from "../src/random/index.js";
import { at, type Tensor } from "../src/tensor/index.js";

const drawn = (count: number, width: number, seed: number): Tensor => ({
  shape: [count, width],
  data: normals(count * width, seeded(seed))[0],
});

/** Four clusters of `each` points in ten dimensions, apart from each other. */
const clusters = (each: number): Tensor => {
  const noise = drawn(4 * each, 10, 3);
  return { ...noise, data: Float64Array.from(noise.data, (value, k) => value + (k % 10 === Math.floor(k / 10 / each) ? 12 : 0)) };
};

/**
 * 1 - 2 / (N k (2N - 3k - 1)) times the sum, over points that are among the k nearest in the plane and not among those of the data, of
 * their rank there beyond k (Venna and Kaski 2001): 1 where every neighbourhood is kept, about 0.5 by chance.
 */
const trustworthiness = (points: Tensor, places: Tensor, k: number): number => {
  const count = points.shape[0] ?? 0;
  const all = nearestNeighbours(points, points, { count: count - 1, same: true }).map((found) => [...found]);
  const near = nearestNeighbours(places, places, { count: k, same: true });
  const beyond = near.flatMap((found, i) => Array.from(found, (j) => Math.max(0, (all[i]?.indexOf(j) ?? 0) + 1 - k)));
  return 1 - (2 / (count * k * (2 * count - 3 * k - 1))) * beyond.reduce((sum, rank) => sum + rank, 0);
};

it("gives each row the wished perplexity, and shares of 1 that are the same both ways", () => {
  const points = drawn(12, 5, 1);
  const shares = affinities(points, 4);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  for (let i = 0; i < 12; i++) {
    expect(at(shares, 13 * i)).toBe(0);
    for (let j = 0; j < 12; j++) expect(at(shares, 12 * i + j)).toBe(at(shares, 12 * j + i));
  }
  // Three points at the corners of an equal triangle: by symmetry all pairs alike, whatever the precision.
  const corners: Tensor = { shape: [3, 3], data: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
  for (const [index, share] of affinities(corners, 1.5).entries()) expect(share).toBeCloseTo(index % 4 === 0 ? 0 : 1 / 6, 9);
  // Of points on a line one has two neighbours, at 1 and at 3: its share of the farther, q, has -q log q - (1 - q) log(1 - q) = log 1.5.
  const line: Tensor = { shape: [3, 1], data: Float64Array.of(0, 1, 3) };
  const entropy = (q: number): number => -q * Math.log(q) - (1 - q) * Math.log(1 - q);
  let [low, high] = [0, 0.5];
  for (let step = 0; step < 60; step++)
    [low, high] = entropy((low + high) / 2) < Math.log(1.5) ? [(low + high) / 2, high] : [low, (low + high) / 2];
  // Both ends see the middle as their nearer one, and it sees the end at 1: p(0, 2) = (q + q) / 6.
  expect(at(affinities(line, 1.5), 2)).toBeCloseTo((2 * low) / 6, 9);
});

it("has the gradient that central differences find", () => {
  const shares = affinities(drawn(9, 4, 5), 2.5);
  const places = drawn(9, 2, 6);
  const { data: gradient } = tsneGradient(shares, places);
  const moved = (k: number, by: number): Tensor => ({ ...places, data: Float64Array.from(places.data, (v, i) => (i === k ? v + by : v)) });
  for (let k = 0; k < 18; k++) {
    const difference = (tsneDivergence(shares, moved(k, 1e-5)) - tsneDivergence(shares, moved(k, -1e-5))) / 2e-5;
    expect(at(gradient, k), `coordinate ${k}`).toBeCloseTo(difference, 9);
  }
});

it("keeps near what is near, and apart what is apart", () => {
  const points = clusters(20);
  const places = tsne(points, { perplexity: 10, seed: 1, iterations: 500 });
  expect(trustworthiness(points, places, 5)).toBeGreaterThan(0.9);
  expect(trustworthiness(points, drawn(80, 2, 9), 5)).toBeLessThan(0.6);
  const nearest = nearestNeighbours(places, places, { count: 1, same: true });
  expect(nearest.filter(([j = 0], i) => Math.floor(i / 20) === Math.floor(j / 20))).toHaveLength(80);
  const shares = affinities(points, 10);
  expect(tsneDivergence(shares, places)).toBeLessThan(0.5 * tsneDivergence(shares, drawn(80, 2, 9)));
});

it("draws one picture a seed, and bears few points and equal ones", () => {
  const points = clusters(4);
  expect(tsne(points, { seed: 2, iterations: 50 })).toEqual(tsne(points, { seed: 2, iterations: 50 }));
  expect(tsne(points, { seed: 2, iterations: 50 })).not.toEqual(tsne(points, { seed: 3, iterations: 50 }));
  for (const count of [1, 2, 3, 5])
    expect(Array.from(tsne({ shape: [count, 3], data: new Float64Array(3 * count) }, { iterations: 20 }).data).every(Number.isFinite)).toBe(
      true,
    );
});
