// The pieces that losses share: sums of exponentials, means over a mask, similarities, lengths, and the counts of chosen triplets.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classMasks, type MinerName, miners } from "../src/metric/index.js";
import { lengths } from "../src/metric/lengths.js";
import { crossEntropy, logOnePlusSumExp, logSumExp, softplus } from "../src/metric/logSumExp.js";
import { meanOfOpen, meanWhere } from "../src/metric/means.js";
import { pairWeights } from "../src/metric/mining/weights.js";
import { cosines, cosinesTo, dotProducts } from "../src/metric/similarity.js";
import { at, itemOf, scalar, type Tensor, tensor, unsafeTensor, vector } from "../src/tensor/index.js";
import { allFinite, batch, distancesOf, draws, labelsOf, moved, one, RUNS } from "./batches.js";
import { gradientMatchesDifferences, reference as k, noise, relativeError, right, seeds, sum } from "./laws.js";

const size = fc.record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 7 }), seed: seeds });
const maskOf = (x: Tensor, seed: number): Tensor => moved(noise(x.shape, seed, "mask"), (value) => (value > -0.3 ? 1 : 0));
const row = (x: Tensor, index: number): readonly number[] => {
  const columns = x.shape[1] ?? 1;
  return Array.from(x.data).slice(index * columns, (index + 1) * columns);
};

describe("the logarithm of a sum of exponentials", () => {
  test("is that of the entries kept, 0 of none, along rows and along columns", () =>
    fc.assert(
      fc.property(size, ({ rows, columns, seed }) => {
        const x = noise([rows, columns], seed);
        const mask = maskOf(x, seed);
        const [y] = logSumExp(k, mask)(x);
        for (let i = 0; i < rows; i++) {
          const kept = row(x, i).filter((_, j) => row(mask, i)[j] === 1);
          expect(at(y.data, i)).toBeCloseTo(kept.length === 0 ? 0 : Math.log(sum(kept.map(Math.exp))), 12);
        }
        const [along] = logSumExp(k, k.transpose(mask), 0)(k.transpose(x));
        expect(relativeError(k.transpose(along), y)).toBeLessThan(1e-14);
      }),
      RUNS,
    ));
  test("moves with what is added to all entries, and never overflows", () => {
    const x = right(tensor([2, 3], [1, 2, 3, -1, 0, 1]));
    const all = moved(x, () => 1);
    for (const shift of [0, 1e4, -1e4, 1e20]) {
      const [y, pull] = logSumExp(k, all)(moved(x, (value) => value + shift));
      expect(at(y.data, 0) - shift).toBeCloseTo(shift === 1e20 ? 0 : Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)), 9);
      expect(sum(row(pull(moved(y, () => 1)), 0))).toBeCloseTo(1, 12);
    }
  });
  test("an entry that is not kept counts for nothing, however large", () => {
    const x = right(tensor([1, 3], [1, 1e5, 2]));
    const [y, pull] = logSumExp(k, right(tensor([1, 3], [1, 0, 1])))(x);
    expect(at(y.data, 0)).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(2)), 12);
    expect(at(pull(y).data, 1)).toBe(0);
  });
  test("has gradients that differences confirm, and so have its relatives", () =>
    fc.assert(
      fc.property(size, ({ rows, columns, seed }) => {
        const x = noise([rows, columns], seed);
        const mask = maskOf(x, seed);
        gradientMatchesDifferences(logSumExp(k, mask), x, seed);
        gradientMatchesDifferences(logOnePlusSumExp(k, mask), x, seed);
        gradientMatchesDifferences(softplus(k), x, seed);
        const own = moved(x, (_, i, j) => (j === i % columns ? 1 : 0));
        gradientMatchesDifferences(
          crossEntropy(
            k,
            own,
            moved(own, (value) => 1 - value),
          ),
          x,
          seed,
        );
        gradientMatchesDifferences(meanWhere(k, mask), x, seed);
        gradientMatchesDifferences(meanOfOpen(k, mask), x, seed);
      }),
      RUNS,
    ));
});

describe("softplus", () => {
  test("is log(1 + exp(x)) to rounding, from tiny to huge", () => {
    const values = [-700, -40, -16.5, -1, 0, 1e-9, 1, 16.5, 40, 700, 1e6, -1e6];
    const [y, pull] = softplus(k)(vector(values));
    values.forEach((x, i) => {
      const expected = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      expect(Math.abs(at(y.data, i) - expected)).toBeLessThanOrEqual(4e-16 * expected);
    });
    expect(allFinite(pull(moved(y, () => 1)))).toBe(true);
    expect(Array.from(pull(vector(values.map(() => 1))).data)).toEqual(
      values.map((x) => expect.closeTo(x > 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)), 14)),
    );
  });
});

describe("cross entropy", () => {
  test("is that of the softmax; 0 in a row without others or without its own", () => {
    const x = right(tensor([3, 3], [1, 2, 0, 5, 1, 1, 3, 3, 3]));
    const own = right(tensor([3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 0]));
    const others = right(tensor([3, 3], [0, 1, 1, 0, 0, 0, 1, 1, 1]));
    const [y, pull] = crossEntropy(k, own, others)(x);
    expect(at(y.data, 0)).toBeCloseTo(-Math.log(Math.exp(1) / (Math.exp(1) + Math.exp(2) + 1)), 12);
    expect([at(y.data, 1), at(y.data, 2)]).toEqual([0, 0]);
    expect(Array.from(pull(moved(y, () => 1)).data).slice(3)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("means over a mask", () => {
  test("count what is kept, and of hinges those that are open; nothing is 0", () => {
    const x = vector([3, -1, 5, 2]);
    expect(itemOf(meanWhere(k, vector([1, 1, 0, 1]))(x)[0])).toBeCloseTo(4 / 3, 14);
    expect(itemOf(meanOfOpen(k, vector([1, 1, 0, 1]))(x)[0])).toBe(2.5);
    for (const mean of [meanWhere(k, vector([0, 0, 0, 0])), meanOfOpen(k, vector([0, 1, 0, 0]))]) {
      const [y, pull] = mean(x);
      expect([itemOf(y), ...pull(one).data]).toEqual([0, 0, 0, 0, 0]);
    }
  });
});

describe("similarities and lengths", () => {
  test("have gradients that differences confirm; a zero vector has cosine 0, length 0 and no gradient", () =>
    fc.assert(
      fc.property(size, ({ rows, columns, seed }) => {
        const x = noise([rows, columns], seed);
        for (const f of [dotProducts(k), cosines(k), lengths(k)]) gradientMatchesDifferences(f, x, seed, 1e-5);
        const proxies = noise([3, columns], seed, "proxies");
        gradientMatchesDifferences(
          (input) => {
            const [y, pull] = cosinesTo(k)([input, proxies]);
            return [y, (dy) => pull(dy)[0]];
          },
          x,
          seed,
          1e-5,
        );
        gradientMatchesDifferences(
          (input) => {
            const [y, pull] = cosinesTo(k)([x, input]);
            return [y, (dy) => pull(dy)[1]];
          },
          proxies,
          seed,
          1e-5,
        );
        const zero = moved(x, (value, i) => (i === 0 ? 0 : value));
        for (const f of [cosines(k), lengths(k)]) {
          const [y, pull] = f(zero);
          expect(row(y, 0).every((value) => value === 0)).toBe(true);
          expect(row(pull(moved(y, () => 1)), 0).every((value) => value === 0)).toBe(true);
        }
      }),
      RUNS,
    ));
  test("lengths neither overflow nor vanish", () => {
    const [y] = lengths(k)(unsafeTensor([2, 2], Float64Array.of(3e200, 4e200, 3e-200, 4e-200)));
    expect(Array.from(y.data)).toEqual([expect.closeTo(5e200, -186), expect.closeTo(5e-200, 210)]);
  });
});

describe("how often a pair stands in a triplet", () => {
  test("is what listing the triplets counts, by any miner", () =>
    fc.assert(
      fc.property(batch, fc.constantFrom(...(Object.keys(miners) as readonly MinerName[])), ({ n, d, classes, seed }, miner) => {
        const x = noise([n, d], seed);
        const labels = labelsOf(n, classes);
        const mined = miners[miner].mine(
          k,
          "paper",
        )({ raw: x, embeddings: x, distances: distancesOf(x), labels, draws: { miner: draws(n, seed) } });
        const { positives, negatives } = pairWeights(k)(labels, mined);
        const masks = classMasks(k)(labels);
        const count = (mask: Tensor) => sum(mask.data);
        const listed = Array.from({ length: n * n }, (_, flat) => [Math.floor(flat / n), flat % n] as const)
          .filter(([a, p]) => at(masks.positives.data, a * n + p) === 1)
          .flatMap(([a, p]) =>
            mined.kind === "all"
              ? Array.from({ length: n }, (_, other) => other)
                  .filter((other) => at(masks.negatives.data, a * n + other) === 1)
                  .map((other) => [a, p, other] as const)
              : at(mined.pairs?.data ?? masks.positives.data, a * n + p) === 1 && count(masks.negatives) > 0
                ? [[a, p, at(mined.negatives.data, a * n + p)] as const]
                : [],
          );
        const expected = (place: 1 | 2) =>
          listed.reduce(
            (counts, triplet) => {
              const flat = triplet[0] * n + triplet[place];
              return counts.with(flat, at(counts, flat) + 1);
            },
            new Float64Array(n * n),
          );
        expect(Array.from(positives.data)).toEqual(Array.from(expected(1)));
        expect(Array.from(negatives.data)).toEqual(Array.from(expected(2)));
      }),
      RUNS,
    ));
  test("batch-hard takes the farthest positive, batch-easy-hard the nearest, and of negatives the nearest beyond it", () => {
    const x = unsafeTensor([5, 1], Float64Array.of(0, 1, 3, 2, 7));
    const labels = vector([0, 0, 0, 1, 1]);
    const mine = (miner: MinerName) => {
      const mined = miners[miner].mine(k, "paper")({ raw: x, embeddings: x, distances: distancesOf(x), labels, draws: {} });
      if (mined.kind === "all" || mined.pairs === undefined) throw new Error("chosen pairs");
      const { pairs, negatives } = mined;
      return Array.from({ length: 25 }, (_, flat) => flat).flatMap((flat) =>
        at(pairs.data, flat) === 1 ? [[Math.floor(flat / 5), flat % 5, at(negatives.data, flat)]] : [],
      );
    };
    // From 0 the positives are at 1 and 3, the negatives at 2 and 7; from 3 the positives at 2 and 3, the negatives at 1 and 4.
    expect(mine("batch-hard")).toEqual([
      [0, 2, 3],
      [1, 2, 3],
      [2, 0, 3],
      [3, 4, 1],
      [4, 3, 2],
    ]);
    // The nearest negative of the second lies as far as its nearest positive: that is not farther.
    expect(mine("batch-easy-hard")).toEqual([
      [0, 1, 3],
      [1, 0, 4],
      [2, 1, 4],
      [4, 3, 1],
    ]);
  });
});

test("a mean of nothing pulls nothing back into what it was made of", () => {
  const [, pull] = meanWhere(k, scalar(0))(scalar(3));
  expect(itemOf(pull(one))).toBe(0);
});
