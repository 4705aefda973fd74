/** Batches of embeddings that the metric's properties share, and ways to move them about. */
import fc from "fast-check";
import { batchStatistics, type MomentumState, normalise, pairwiseDistances, updateMomentum, type Variant } from "../src/metric/index.js";
import { seeded, uniforms } from "../src/random/index.js";
import { at, scalar, type Tensor, unsafeTensor, vector } from "../src/tensor/index.js";
import { awkwardLength, reference as k, noise, seeds } from "./laws.js";

export const RUNS = { numRuns: 60 };
export const rows = fc.integer({ min: 2, max: 9 });
export const columns = awkwardLength(9);
export const unseen: MomentumState<Tensor> = { mean: scalar(0), deviation: scalar(0), seen: scalar(0) };
export const levels = vector([-3, 0, 3]);
export const one = scalar(1);
export const labelsOf = (count: number, classes: number): Tensor => vector(Array.from({ length: count }, (_, i) => i % classes));
export const draws = (count: number, seed: number): Tensor => unsafeTensor([count, count], uniforms(count * count, seeded(seed))[0]);
export const distancesOf = (x: Tensor): Tensor => pairwiseDistances(k)(x)[0];
export const allFinite = (t: Tensor): boolean => Array.from(t.data).every(Number.isFinite);

/** Normalised distances after a first batch. */
export const normalised = (x: Tensor, variant: Variant = "paper"): Tensor => {
  const distances = distancesOf(x);
  return normalise(k)(updateMomentum(k, 0.9)(unseen, batchStatistics(k, variant)(distances)))(distances)[0];
};

/** The entries i != j of [N, N]. */
export const pairs = (t: Tensor): readonly number[] => {
  const count = t.shape[0] ?? 0;
  return Array.from(t.data).filter((_, i) => i % (count + 1) !== 0);
};

export const moved = (x: Tensor, f: (value: number, row: number, column: number) => number): Tensor => {
  const length = x.shape[1] ?? 1;
  return unsafeTensor(
    x.shape,
    Float64Array.from(x.data, (value, i) => f(value, Math.floor(i / length), i % length)),
  );
};

/** Rotates the plane of two axes by an angle. */
export const rotated = (x: Tensor, angle: number): Tensor => {
  const length = x.shape[1] ?? 1;
  if (length < 2) return moved(x, (value) => -value);
  return unsafeTensor(
    x.shape,
    Float64Array.from(x.data, (value, i) => {
      if (i % length === 0) return Math.cos(angle) * value - Math.sin(angle) * at(x.data, i + 1);
      return i % length === 1 ? Math.sin(angle) * at(x.data, i - 1) + Math.cos(angle) * value : value;
    }),
  );
};

export const variants = fc.constantFrom<Variant>("paper", "official");

/** A labelled batch, by its sizes and seed. */
export const batch = fc.record({
  n: fc.integer({ min: 4, max: 9 }),
  d: fc.integer({ min: 1, max: 9 }),
  classes: fc.integer({ min: 2, max: 4 }),
  seed: seeds,
});

/** The ordered pairs (anchor, positive) of a batch. */
export const positivePairs = (labels: Tensor) => {
  const n = labels.data.length;
  return Array.from({ length: n * n }, (_, flat) => [Math.floor(flat / n), flat % n] as const).filter(
    ([a, p]) => a !== p && at(labels.data, a) === at(labels.data, p),
  );
};

/** Batches [n, d] that formulas trip over: out of scale, on one point, on few, and opposite each other. */
export const awkward = (n: number, d: number): Readonly<Record<string, Tensor>> => ({
  ordinary: noise([n, d], 1),
  huge: moved(noise([n, d], 2), (value) => Math.fround(1e6 * value)),
  tiny: moved(noise([n, d], 3), (value) => Math.fround(1e-6 * value)),
  "a single point": moved(noise([n, d], 4), () => 1),
  zeros: moved(noise([n, d], 5), () => 0),
  duplicates: moved(noise([n, d], 6), (_, row, column) => ((row >> 1) + 1) * ((column % 3) - 1)),
  opposites: moved(noise([n, d], 7), (_, row) => (row % 2 === 0 ? 1 : -1)),
  "nearly a single point": moved(noise([n, d], 8), (value) => Math.fround(1 + 1e-7 * value)),
});
