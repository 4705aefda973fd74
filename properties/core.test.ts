// The ground everything stands on: tensors and views, random numbers, pullbacks, the gradient check, reference kernels.
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import { checkGradient, compose, type Pullback, pair } from "../src/autodiff/index.js";
import { outputSize } from "../src/engines/index.js";
import { integer, normals, seeded, shuffled, split, uniforms } from "../src/random/index.js";
import { at, fromNdarray, generate, permute, slice, type Tensor, tensor, toNdarray, unsafeTensor, vector } from "../src/tensor/index.js";
import { awkwardLength, reference as k, noise, relativeError, right, sameSeedSameValue, seeds, sum } from "./laws.js";

describe("tensors", () => {
  test("say what is wrong with a shape", () => {
    expect(tensor([2, 3], [1, 2])).toMatchObject(E.left({ _tag: "Fault", kind: "shape", message: "shape [2 x 3] holds 6 numbers, got 2" }));
    expect(tensor([2, -1], [])).toMatchObject({ left: { message: expect.stringContaining("axis 1") } });
  });
  test("do not see later writes to their source", () => {
    const source = [1, 2];
    const t = right(tensor([2], source));
    source[0] = 9;
    expect(Array.from(t.data)).toEqual([1, 2]);
  });
  test("views share the numbers, and pack to what the indices say", () => {
    const t = generate([2, 3, 4], (i) => i);
    const view = toNdarray(t);
    expect(view.data).toBe(t.data);
    const part = right(slice(1, 1, 3)(view));
    expect(part.data).toBe(t.data);
    expect(Array.from(fromNdarray(part).data)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]);
    const flipped = fromNdarray(right(permute([2, 0, 1])(view)));
    expect(flipped.shape).toEqual([4, 2, 3]);
    expect(at(flipped.data, 1)).toBe(4);
    expect(slice(1, 2, 9)(view)).toMatchObject({ left: { message: expect.stringContaining("axis 1") } });
    expect(E.isLeft(permute([0, 0, 1])(view))).toBe(true);
  });
});

describe("random numbers", () => {
  test("are the same for the same seed", () => {
    sameSeedSameValue((seed) => Array.from(uniforms(5, seeded(seed))[0]), 3);
    sameSeedSameValue((seed) => shuffled([1, 2, 3, 4, 5, 6, 7, 8, 9], seeded(seed))[0], 3);
  });
  test("a known value, so that no change of library goes unnoticed", () => {
    expect(Array.from(uniforms(3, seeded(1))[0])).toMatchInlineSnapshot(`
      [
        0.5647899511004792,
        0.29576162676184103,
        0.5058066267321167,
      ]
    `);
  });
  test("first draws are spread out from one small seed to the next", () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => uniforms(2, seeded(seed))[0]);
    for (const draw of [0, 1]) {
      const mean = sum(firsts.map((values) => at(values, draw))) / 1000;
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.04);
      const square = sum(firsts.map((values) => (at(values, draw) - mean) ** 2)) / 1000;
      expect(square * 12).toBeCloseTo(1, 0);
    }
  });
  test("split streams depend on the label and not on each other", () => {
    const root = seeded(5);
    const of = (label: string | number) => Array.from(uniforms(4, split(root, label))[0]);
    expect(new Set([of("a"), of("b"), of(1), of("1"), of(2)].map(String)).size).toBe(5);
    expect(of("a")).toEqual(of("a"));
  });
  test("uniforms and normals have their moments; integers stay in range", () => {
    const [u] = uniforms(20_000, seeded(8));
    expect(u.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(sum(u) / u.length).toBeCloseTo(0.5, 1);
    const [z] = normals(20_001, seeded(9));
    expect(Math.abs(sum(z) / z.length)).toBeLessThan(0.03);
    expect(sum(z.map((value) => value * value)) / z.length).toBeCloseTo(1, 1);
    fc.assert(fc.property(seeds, (seed) => [-2, -1, 0, 1].includes(integer(-2, 2, seeded(seed))[0])));
  });
});

describe("pullbacks and the gradient check", () => {
  const squares: Pullback<number, number> = (x) => [x * x, (dy) => 2 * x * dy];
  const triple: Pullback<number, number> = (x) => [3 * x, (dy) => 3 * dy];
  test("compose by the chain rule, and pair", () => {
    const [y, pull] = compose(squares)(triple)(2);
    expect([y, pull(1)]).toEqual([36, 36]);
    const [both, pullBoth] = pair(squares, triple)([3, 4]);
    expect([both, pullBoth([1, 10])]).toEqual([
      [9, 12],
      [6, 30],
    ]);
  });
  const cubes = (factor: number) => (x: Tensor) =>
    [sum(Array.from(x.data, (v) => v ** 3)), { shape: x.shape, data: Float64Array.from(x.data, (v) => factor * v * v) }] as const;
  test("accept a right gradient, refuse a wrong one, and name the entry", () => {
    expect(right(checkGradient(cubes(3), vector([1, -2, 0.5])))).toMatchObject({ pass: true });
    expect(right(checkGradient(cubes(2.9), vector([0, -2, 0.5])))).toMatchObject({ pass: false, index: 1 });
    expect(E.isLeft(checkGradient(() => [0, vector([1])] as const, vector([1, 2])))).toBe(true);
  });
  test("a gradient of NaN never passes", () => {
    expect(
      right(checkGradient((x) => [1, { shape: x.shape, data: new Float64Array(2).fill(Number.NaN) }] as const, vector([1, 2]))),
    ).toMatchObject({ pass: false });
  });
});

describe("reference kernels", () => {
  test("broadcast as NumPy does", () => {
    const a = generate([2, 3], (i) => i);
    expect(Array.from(k.zip("add", a, vector([10, 20, 30])).data)).toEqual([10, 21, 32, 13, 24, 35]);
    expect(
      Array.from(
        k.zip(
          "subtract",
          generate([2, 1], (i) => i),
          vector([1, 2]),
        ).data,
      ),
    ).toEqual([-1, -2, 0, -1]);
    expect(() => k.zip("add", a, vector([1, 2]))).toThrow("axis 1");
  });
  test("reduce the axes asked for", () => {
    const a = generate([2, 3, 2], (i) => i);
    expect(k.reduce("sum", a, [0, 2])).toMatchObject({ shape: [1, 3, 1], data: Float64Array.of(14, 22, 30) });
    expect(Array.from(k.reduce("maximum", a, [-1]).data)).toEqual([1, 3, 5, 7, 9, 11]);
    expect(Array.from(k.reduce("sum", unsafeTensor([0, 2], new Float64Array(0)), [0]).data)).toEqual([0, 0]);
  });
  test("scatter is the adjoint of pick: <pick(m), v> = <m, scatter(v)>", () =>
    fc.assert(
      fc.property(awkwardLength(6), awkwardLength(8), awkwardLength(9), seeds, (n, m, c, seed) => {
        const indices = unsafeTensor(
          [n, c],
          Float64Array.from(uniforms(n * c, seeded(seed))[0], (u) => Math.floor(u * m)),
        );
        const [matrix, values] = [noise([n, m], seed), noise([n, c], seed, "v")];
        const inner = (a: Tensor, b: Tensor) => sum(Array.from(a.data, (value, i) => value * at(b.data, i)));
        expect(inner(k.pick(matrix, indices), values)).toBeCloseTo(inner(matrix, k.scatter(values, indices, m)), 9);
      }),
    ));
  test("sample takes the first column whose running weight exceeds the draw", () => {
    const weights = unsafeTensor([2, 3], Float64Array.of(1, 0, 3, 0, 0, 0));
    const draws = unsafeTensor([2, 4], Float64Array.of(0, 0.24, 0.25, 0.999, 0, 0.3, 0.6, 0.9));
    expect(Array.from(k.sample(weights, draws).data)).toEqual([0, 0, 2, 2, 0, 0, 0, 0]);
  });
  test("convolution is the sum it is defined as, and its two gradients are its adjoints", () =>
    fc.assert(
      fc.property(
        awkwardLength(7),
        awkwardLength(7),
        awkwardLength(3),
        awkwardLength(4),
        fc.nat(2),
        fc.integer({ min: 1, max: 3 }),
        seeds,
        (h, w, cin, cout, pad, stride, seed) => {
          fc.pre(h + pad >= 2 && w + pad >= 3);
          const geometry = { stride: [stride, 1], padding: { top: pad, bottom: 0, left: 0, right: pad } } as const;
          const [x, weights] = [noise([2, h, w, cin], seed), noise([2, 3, cin, cout], seed, "w")];
          const y = k.convolve(x, weights, geometry);
          const [oh, ow] = outputSize([h, w], [2, 3], geometry);
          expect(y.shape).toEqual([2, oh, ow, cout]);
          const dy = noise(y.shape, seed, "dy");
          const inner = (a: Tensor, b: Tensor) => sum(Array.from(a.data, (value, i) => value * at(b.data, i)));
          expect(inner(x, k.convolveToInput(dy, weights, geometry, x.shape))).toBeCloseTo(inner(y, dy), 8);
          expect(inner(weights, k.convolveToWeights(x, dy, geometry, weights.shape))).toBeCloseTo(inner(y, dy), 8);
          const first = sum(
            Array.from({ length: 6 * cin }, (_, i) => {
              const [ky, kx, c] = [Math.floor(i / (3 * cin)), Math.floor(i / cin) % 3, i % cin];
              const iy = ky - pad;
              return iy < 0 || iy >= h || kx >= w
                ? 0
                : at(x.data, (iy * w + kx) * cin + c) * at(weights.data, ((ky * 3 + kx) * cin + c) * cout);
            }),
          );
          expect(at(y.data, 0)).toBeCloseTo(first, 10);
        },
      ),
      { numRuns: 60 },
    ));
  test("squared distances are those of the differences", () =>
    fc.assert(
      fc.property(awkwardLength(8), awkwardLength(8), seeds, (n, d, seed) => {
        const x = noise([n, d], seed);
        const expected = generate([n, n], (flat) => {
          const [i, j] = [Math.floor(flat / n), flat % n];
          return sum(Array.from({ length: d }, (_, c) => (at(x.data, i * d + c) - at(x.data, j * d + c)) ** 2));
        });
        expect(relativeError(k.squaredDistances(x), expected)).toBeLessThan(1e-12);
      }),
    ));
});
