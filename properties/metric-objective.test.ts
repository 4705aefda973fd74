import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { objective } from "../src/metric/index.js";
import { seeded, shuffled } from "../src/random/index.js";
import { at, itemOf, type Tensor, vector } from "../src/tensor/index.js";
import { draws, labelsOf, levels, RUNS, unseen } from "./batches.js";
import { invariantUnderPermutation, reference as k, noise, seeds, sum } from "./laws.js";

describe("the objective", () => {
  const base = { lambda: 0.6, nu: 0.01, gamma: 0.9, margin: 0.2, miner: "hardest" as const, variant: "paper" as const };
  const labels = labelsOf(8, 3);
  const input = (embeddings: Tensor) => ({ embeddings, labels, uniforms: draws(8, 5), levels, momentum: unseen });
  test("is metric + lambda MDR + decay, and for the plain methods the metric loss alone", () =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const x = noise([8, 5], seed);
        const mdr = objective(k, { ...base, method: "triplet-mdr" })(input(x));
        expect(itemOf(mdr.loss)).toBeCloseTo(itemOf(mdr.metricLoss) + 0.6 * itemOf(mdr.mdrLoss) + 0.01 * 18, 12);
        for (const method of ["triplet", "triplet-l2"] as const) {
          const plain = objective(k, { ...base, method })(input(x));
          expect(itemOf(plain.loss)).toBe(itemOf(plain.metricLoss));
          expect(Array.from(plain.pull().levels.data)).toEqual([0, 0, 0]);
        }
      }),
      RUNS,
    ));
  test("is invariant under permutation of the batch, and its gradient sums to zero", () =>
    fc.assert(
      fc.property(seeds, (seed) => {
        const x = noise([8, 5], seed);
        const [order] = shuffled([0, 1, 2, 3, 4, 5, 6, 7], seeded(seed));
        invariantUnderPermutation(
          (embeddings) => {
            const own = embeddings === x ? labels : vector(order.map((row) => at(labels.data, row)));
            const result = objective(k, { ...base, method: "triplet-mdr" })({ ...input(embeddings), labels: own });
            return [result.loss, () => result.pull().embeddings];
          },
          x,
          order,
        );
        const gradient = objective(k, { ...base, method: "triplet-mdr" })(input(x)).pull().embeddings;
        for (let c = 0; c < 5; c++) expect(sum(Array.from({ length: 8 }, (_, r) => at(gradient.data, r * 5 + c)))).toBeCloseTo(0, 10);
      }),
      RUNS,
    ));
});
