import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Geometry, Window } from "../src/engines/index.js";
import { outputSize, square } from "../src/engines/index.js";
import { referenceEngine } from "../src/engines/reference/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import { at, generate, type Shape, type Tensor } from "../src/tensor/index.js";
import { type AnyProgram, evaluateOn, must } from "./laws.js";

/** Reproducible numbers in [-1, 1), representable in float32. */
const noise = (shape: Shape, seed: number): Tensor =>
  generate(shape, (index) => Math.fround((Math.imul(index + 1, 2654435761 + seed * 40503) >>> 8) / 2 ** 23 - 1));

/** Largest difference over the largest magnitude, which is how float32 sums may differ from float64 ones. */
const expectClose = (got: Tensor, expected: Tensor, tolerance: number): void => {
  expect(got.shape).toEqual(expected.shape);
  const scale = Math.max(1e-3, ...Array.from(expected.data, Math.abs).filter(Number.isFinite));
  for (let index = 0; index < expected.data.length; index++) {
    const [a, b] = [at(got.data, index), at(expected.data, index)];
    if (!(Math.abs(a - b) <= tolerance * scale) && !Object.is(a, b)) {
      expect.fail(`entry ${index} of [${expected.shape}] is ${a}, the reference says ${b}`);
    }
  }
};

const THREADS = [1, 2, 4];
let engines: readonly WasmEngine[] = [];
let direct: readonly WasmEngine[] = [];
/** With fused multiply-add: on one thread, on three, and without shared memory. */
let fused: readonly WasmEngine[] = [];
let fusedDirect: readonly WasmEngine[] = [];

beforeAll(async () => {
  engines = await Promise.all(THREADS.map((threads) => must(wasmEngine({ threads }))));
  direct = await Promise.all(THREADS.map((threads) => must(wasmEngine({ threads, winograd: false }))));
  const ways = [{ threads: 1 }, { threads: 3 }, { sharedMemory: false }] as const;
  fused = await Promise.all(ways.map((way) => must(wasmEngine({ ...way, arithmetic: "fused" }))));
  fusedDirect = await Promise.all(ways.map((way) => must(wasmEngine({ ...way, arithmetic: "fused", winograd: false }))));
});

afterAll(async () => {
  for (const engine of [...engines, ...direct, ...fused, ...fusedDirect]) await must(engine.close);
});

/** Each engine against the reference, and bitwise against each other. */
const agree = async (program: AnyProgram, inputs: readonly Tensor[], tolerance = 2e-6, contestants = engines): Promise<void> => {
  const expected = await evaluateOn(referenceEngine, program, inputs);
  const results = await Promise.all(contestants.map((engine) => evaluateOn(engine, program, inputs)));
  const [first = []] = results;
  first.forEach((tensor, index) => {
    const truth = expected[index];
    if (truth !== undefined) expectClose(tensor, truth, tolerance);
    for (const other of results) expect(other[index]?.data).toEqual(tensor.data);
  });
};

const RUNS = { numRuns: 25 };
const FEWER = { numRuns: 10 };
const length = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const seed = fc.integer({ min: 0, max: 1000 });

describe("the wasm engine agrees with the reference, whatever the number of threads", () => {
  test.each([
    ["", () => engines, RUNS],
    [", with fused multiply-add", () => fused, FEWER],
  ] as const)("matrix products, transposed or not%s", (_, contestants, runs) =>
    fc.assert(
      fc.asyncProperty(length(70), length(40), length(70), fc.boolean(), fc.boolean(), seed, (m, k, n, ta, tb, s) =>
        agree(
          (kernels, [a, b]) => [kernels.matmul(a as never, b as never, { a: ta, b: tb })],
          [noise(ta ? [k, m] : [m, k], s), noise(tb ? [n, k] : [k, n], s + 1)],
          2e-6,
          contestants(),
        ),
      ),
      runs,
    ),
  );

  const convolution = fc.record({
    n: length(3),
    h: length(12),
    w: length(12),
    inputs: length(9),
    outputs: length(18),
    kh: length(7),
    kw: length(7),
    sy: length(3),
    sx: length(3),
    top: fc.nat(3),
    bottom: fc.nat(3),
    left: fc.nat(3),
    right: fc.nat(3),
    s: seed,
  });

  test.each([
    ["", () => direct, 60],
    [", with fused multiply-add", () => fusedDirect, 20],
  ] as const)("convolution forward and both of its gradients%s", (_, contestants, numRuns) =>
    fc.assert(
      fc.asyncProperty(convolution, async ({ n, h, w, inputs, outputs, kh, kw, sy, sx, top, bottom, left, right, s }) => {
        fc.pre(h + top + bottom >= kh && w + left + right >= kw);
        const geometry: Geometry = { stride: [sy, sx], padding: { top, bottom, left, right } };
        const x = noise([n, h, w, inputs], s);
        const weights = noise([kh, kw, inputs, outputs], s + 1);
        const dy = noise([n, ...outputSize([h, w], [kh, kw], geometry), outputs], s + 2);
        await agree(
          (k, [a, b, c]) => [
            k.convolve(a as never, b as never, geometry),
            k.convolveToInput(c as never, b as never, geometry, x.shape),
            k.convolveToWeights(a as never, c as never, geometry, weights.shape),
          ],
          [x, weights, dy],
          2e-6,
          contestants(),
        );
      }),
      { numRuns },
    ),
  );

  const byEights = fc.record({
    n: length(3),
    h: length(13),
    w: length(13),
    inputs: fc.constantFrom(8, 16, 24, 72),
    outputs: fc.constantFrom(8, 16, 24),
    padding: fc.record({ top: fc.nat(3), bottom: fc.nat(3), left: fc.nat(3), right: fc.nat(3) }),
    s: seed,
  });

  test.each([
    ["by Winograd", () => engines, 2e-5, 12],
    ["directly", () => direct, 2e-6, 12],
    ["by Winograd with fused multiply-add", () => fused, 2e-5, 5],
  ] as const)("3x3 convolutions of stride 1 over channels by eights, %s", (_, contestants, tolerance, numRuns) =>
    fc.assert(
      fc.asyncProperty(byEights, async ({ n, h, w, inputs, outputs, padding, s }) => {
        fc.pre(h + padding.top + padding.bottom >= 3 && w + padding.left + padding.right >= 3);
        const geometry: Geometry = { stride: [1, 1], padding };
        const x = noise([n, h, w, inputs], s);
        const weights = noise([3, 3, inputs, outputs], s + 1);
        const dy = noise([n, ...outputSize([h, w], [3, 3], geometry), outputs], s + 2);
        const bias = noise([outputs], s + 3);
        await agree(
          (k, [a, b, c, d]) => [
            k.convolve(a as never, b as never, geometry),
            // Bias, relu and residual sum join the convolution before them.
            k.map("relu", k.zip("add", k.convolve(a as never, b as never, geometry), d as never)),
            k.addRelu(k.convolve(a as never, b as never, geometry), c as never),
            k.convolveToInput(c as never, b as never, geometry, x.shape),
            k.convolveToWeights(a as never, c as never, geometry, weights.shape),
          ],
          [x, weights, dy, bias],
          tolerance,
          contestants(),
        );
      }),
      { numRuns },
    ),
  );

  test("Winograd hides no NaN, spoils no more than the tiles around it, and scales with its input", () =>
    fc.assert(
      fc.asyncProperty(
        length(11).map((side) => side + 3),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        fc.nat(10_000),
        fc.integer({ min: -80, max: 80 }),
        seed,
        async (side, poison, place, power, s) => {
          const shape = [1, side, side, 8];
          const [x, weights] = [noise(shape, s), noise([3, 3, 8, 8], s + 1)];
          const at8 = (place * 8) % (side * side * 8);
          const program: AnyProgram = (k, [a, w]) => [k.convolve(a as never, w as never, square(1, 1))];
          const convolved = async (input: Tensor): Promise<Tensor> => {
            const [engine] = engines;
            const [y] = engine === undefined ? [] : await evaluateOn(engine, program, [input, weights]);
            if (y === undefined) throw new Error("nothing was convolved");
            return y;
          };
          const clean = await convolved(x);
          const poisoned = await convolved(generate(shape, (i) => (i === at8 ? poison : at(x.data, i))));
          const scaled = await convolved(generate(shape, (i) => at(x.data, i) * 2 ** power));
          const [py, px] = [Math.floor(at8 / 8 / side), (at8 / 8) % side];
          for (let i = 0; i < side * side * 8; i++) {
            const [y, column] = [Math.floor(i / 8 / side), Math.floor(i / 8) % side];
            const [was, is] = [at(clean.data, i), at(poisoned.data, i)];
            if (Math.abs(y - py) <= 1 && Math.abs(column - px) <= 1) expect(Number.isFinite(is)).toBe(false);
            if (Math.abs(y - py) > 4 || Math.abs(column - px) > 4) expect(is).toBe(was);
            expect(at(scaled.data, i)).toBe(was * 2 ** power);
          }
        },
      ),
      RUNS,
    ));

  test("pooling", () =>
    fc.assert(
      fc.asyncProperty(convolution, length(40), async ({ n, h, w, kh, kw, sy, sx, top, bottom, left, right, s }, channels) => {
        fc.pre(h + top + bottom >= kh && w + left + right >= kw && top < kh && bottom < kh && left < kw && right < kw);
        const window: Window = { size: [kh, kw], stride: [sy, sx], padding: { top, bottom, left, right } };
        const x = noise([n, h, w, channels], s);
        const dy = noise([n, ...outputSize([h, w], [kh, kw], window), channels], s + 2);
        await agree((k, [a, b]) => [k.averagePool(a as never, window), k.averagePoolToInput(b as never, window, x.shape)], [x, dy]);
        if (top === 0 && bottom === 0 && left === 0 && right === 0) {
          await agree((k, [a, b]) => [k.maxPool(a as never, window), k.maxPoolToInput(a as never, b as never, window)], [x, dy]);
        }
      }),
      RUNS,
    ));

  test("broadcasting", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(length(6), { minLength: 0, maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.nat(4),
        seed,
        (shape, keep, drop, s) =>
          agree(
            (k, [a, b]) =>
              (["add", "subtract", "multiply", "divide", "maximum", "minimum", "less", "equal"] as const).flatMap((op) => [
                k.zip(op, a as never, b as never),
                k.zip(op, b as never, a as never),
              ]),
            [noise(shape, s), noise(shape.map((l, axis) => (keep[axis] === true ? l : 1)).slice(Math.min(drop, shape.length)), s + 1)],
          ),
      ),
      RUNS,
    ));

  test("maps", () =>
    fc.assert(
      fc.asyncProperty(length(300), seed, (size, s) =>
        agree(
          (k, [x, y]) => [
            ...(["negate", "absolute", "sign", "square", "reciprocalOrZero", "exponential", "relu", "positive"] as const).map((op) =>
              k.map(op, x as never),
            ),
            ...(["squareRoot", "reciprocal", "logarithm"] as const).map((op) => k.map(op, y as never)),
            k.affine(x as never, 3, -0.5),
          ],
          [{ shape: [size], data: noise([size], s).data }, generate([size], (i) => Math.fround(0.01 + i * 0.37))],
        ),
      ),
      RUNS,
    ));

  test("reductions over any axes", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(length(9), { minLength: 1, maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        seed,
        (shape, chosen, s) => {
          const axes = shape.flatMap((_, axis) => (chosen[axis] === true ? [axis] : []));
          return agree((k, [x]) => (["sum", "maximum", "minimum"] as const).map((op) => k.reduce(op, x as never, axes)), [noise(shape, s)]);
        },
      ),
      RUNS,
    ));

  test("long sums", () =>
    agree((k, [x]) => [k.reduce("sum", x as never, [0]), k.reduce("sum", x as never, [0, 1])], [noise([70_001, 3], 5)], 2e-5));

  test("distances and indices", () =>
    fc.assert(
      fc.asyncProperty(length(40), length(30), length(5), seed, (n, d, count, s) => {
        const indices = generate([n, count], (i) => (i * 7 + s) % d);
        const uniforms = generate([n, count], (i) => ((i * 13 + s) % 97) / 97);
        const weights = generate([n, d], (i) => ((i * 31 + s) % 5 === 0 ? 0 : ((i * 17) % 23) / 8));
        return agree(
          (k, [x, chosen, values, random, positive]) => [
            k.squaredDistances(x as never),
            k.transpose(x as never),
            k.argMinimum(x as never),
            k.pick(x as never, chosen as never),
            k.scatter(values as never, chosen as never, d),
            k.sample(positive as never, random as never),
          ],
          [noise([n, d], s), indices, noise([n, count], s + 3), uniforms, weights],
        );
      }),
      RUNS,
    ));

  test.each([
    ["", () => engines, 12],
    [", with fused multiply-add", () => fused, 6],
  ] as const)("fused kernels: batch normalisation, residual sums, Adam%s", (_, contestants, numRuns) =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 900 }), length(40), seed, (rows, channels, s) =>
        agree(
          (k, [x, scale, shift, dy, other, rate, c1, c2]) => {
            const bn = k.batchNorm(x as never, scale as never, shift as never, 1e-3);
            const y = k.map("relu", bn.y);
            const residual = k.addRelu(k.channelAffine(x as never, scale as never, shift as never), other as never);
            const pull = k.batchNormPull(x as never, scale as never, bn.mean, bn.variance, 1e-3, k.reluPull(y, dy as never));
            const adam = k.adam(
              x as never,
              dy as never,
              other as never,
              k.map("square", other as never),
              { learningRate: rate as never, correction1: c1 as never, correction2: c2 as never },
              { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
            );
            return [y, bn.mean, bn.variance, residual, pull.x, pull.scale, pull.shift, adam.parameter, adam.first, adam.second];
          },
          [
            { shape: [rows, channels], data: Float32Array.from(noise([rows * channels], s).data, (value) => value + 3) },
            noise([channels], s + 1),
            noise([channels], s + 2),
            noise([rows, channels], s + 3),
            noise([rows, channels], s + 4),
            generate([], () => 0.125),
            generate([], () => 0.1),
            generate([], () => 0.001),
          ],
          2e-5,
          contestants(),
        ),
      ),
      { numRuns },
    ),
  );
});
