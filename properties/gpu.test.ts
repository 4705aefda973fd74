/** The GPU.js engine keeps every kernel's promise on every backend that works here; the others say why they do not. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GpuBackend, type GpuTensor, gpuEngine } from "../src/engines/gpu/index.js";
import { type Binary, type Engine, type Kernels, outputSize, type Unary, type Window } from "../src/engines/index.js";
import { generate, type Shape, sizeOf, type Tensor } from "../src/tensor/index.js";
import { type AnyProgram, awkwardLength, engineMatchesReference, evaluateOn, must, noise, seeds } from "./laws.js";

/** Error over the largest magnitude: some roundings of float32. Exponentials and logarithms of GPUs are coarser. */
const bound = 4e-6;
const coarse = 1e-5;

const geometry = fc.record({
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.record({
    top: fc.integer({ min: 0, max: 2 }),
    bottom: fc.integer({ min: 0, max: 2 }),
    left: fc.integer({ min: 0, max: 2 }),
    right: fc.integer({ min: 0, max: 2 }),
  }),
});

const positive = (t: Tensor): Tensor => generate(t.shape, (i) => Math.fround(Math.abs(t.data[i] ?? 0) + 0.125));
/** Every fifth entry 0: where sign, relu and reciprocalOrZero turn. */
const withZeros = (t: Tensor): Tensor => generate(t.shape, (i) => (i % 5 === 0 ? 0 : (t.data[i] ?? 0)));
const whole = (shape: Shape, below: number, seed: number): Tensor => {
  const from = noise(shape, seed, "whole");
  return generate(shape, (i) => Math.floor(Math.abs(from.data[i] ?? 0) * 7.3) % below);
};
const uniform = (shape: Shape, seed: number): Tensor => {
  const from = noise(shape, seed, "uniform");
  return generate(shape, (i) => Math.fround(Math.abs((from.data[i] ?? 0) * 3.7) % 1));
};

const exact: readonly Unary[] = ["negate", "absolute", "sign", "square", "relu", "positive", "reciprocalOrZero"];
const ofPositive: readonly Unary[] = ["squareRoot", "reciprocal", "logarithm"];
const binaries: readonly Binary[] = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "less", "equal"];

/** Any two shapes that broadcast: a full one, and one with some axes 1 and some leading ones gone. */
const broadcasting = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { minLength: 1, maxLength: 4 }).chain((axes) =>
  fc.record({
    full: fc.constant(axes.map(([length]) => length)),
    part: fc.integer({ min: 0, max: axes.length }).map((gone) => axes.slice(gone).map(([length, kept]) => (kept ? length : 1))),
  }),
);

interface Case {
  readonly inputs: readonly Tensor[];
  readonly program: AnyProgram;
  readonly bound?: number;
}

/** A program that applies `f` to its two inputs. */
const binary =
  (f: <T>(k: Kernels<T>, a: T, b: T) => readonly T[]): AnyProgram =>
  (k, inputs) => {
    const [a, b] = inputs;
    if (a === undefined || b === undefined) throw new Error("two inputs are needed");
    return f(k, a, b);
  };

const laws: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  "entry-by-entry functions": fc.tuple(awkwardLength(33), awkwardLength(9), seeds).map(([rows, columns, seed]) => {
    const x = withZeros(noise([rows, columns], seed));
    return {
      inputs: [x, positive(x)],
      program: binary((k, a, b) => [
        ...exact.map((op) => k.map(op, a)),
        ...ofPositive.map((op) => k.map(op, b)),
        k.map("exponential", k.map("negate", b)),
        k.affine(a, 1 / 3, -1e-9),
        k.affine(a, -2, 1e7),
      ]),
      bound: coarse,
    };
  }),
  "entry-by-entry operations, broadcasting": fc.tuple(broadcasting, seeds).map(([{ full, part }, seed]) => ({
    inputs: [noise(full, seed), positive(noise(part, seed + 1))],
    program: binary((k, a, b) => [
      ...binaries.map((op) => k.zip(op, a, b)),
      ...binaries.filter((op) => op !== "divide").map((op) => k.zip(op, b, a)),
      // A chain that the plan writes as one kernel, with a value used twice and a broadcast inside.
      k.map("square", k.zip("add", k.map("absolute", k.zip("multiply", a, b)), k.zip("subtract", a, b))),
    ]),
  })),
  reductions: fc
    .tuple(fc.array(awkwardLength(9), { minLength: 1, maxLength: 4 }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), seeds)
    .map(([shape, chosen, seed]) => {
      const axes = shape.map((_, axis) => axis).filter((axis) => chosen[axis]);
      return {
        inputs: [noise(shape, seed), noise([1, 300 + (seed % 200)], seed)],
        program: binary((k, a, b) => [
          k.reduce("sum", a, axes),
          k.reduce("maximum", a, axes),
          k.reduce("minimum", a, axes),
          k.argMinimum(a),
          k.reduce("sum", b, [1]),
          k.reduce("maximum", b, [0, 1]),
        ]),
      };
    }),
  "matrix products": fc.tuple(awkwardLength(33), awkwardLength(17), awkwardLength(33), seeds).map(([rows, inner, columns, seed]) => ({
    inputs: [noise([rows, inner], seed), noise([inner, columns], seed + 1)],
    program: binary((k, a, b) => [
      k.matmul(a, b),
      k.matmul(k.transpose(a), b, { a: true }),
      k.matmul(a, k.transpose(b), { b: true }),
      k.matmul(k.transpose(a), k.transpose(b), { a: true, b: true }),
      k.squaredDistances(a),
    ]),
  })),
  "reading by index": fc.tuple(awkwardLength(9), awkwardLength(17), awkwardLength(5), seeds).map(([rows, columns, picks, seed]) => {
    const weights = noise([rows, columns], seed);
    return {
      inputs: [
        generate([rows, columns], (i) => Math.max(0, Math.round((weights.data[i] ?? 0) * 8))),
        whole([rows, picks], columns, seed),
        uniform([rows, picks], seed),
      ],
      program: (k, inputs) => {
        const [matrix, indices, uniforms] = inputs;
        if (matrix === undefined || indices === undefined || uniforms === undefined) throw new Error("three inputs are needed");
        return [k.pick(matrix, indices), k.scatter(uniforms, indices, columns), k.sample(matrix, uniforms)];
      },
    };
  }),
  convolutions: fc
    .tuple(geometry, fc.tuple(...[3, 9, 9, 5, 4, 4, 9].map((max) => awkwardLength(max))), seeds)
    .filter(([g, [, height = 1, width = 1, , kernelHeight = 1, kernelWidth = 1]]) => {
      const [outHeight, outWidth] = outputSize([height, width], [kernelHeight, kernelWidth], g);
      return outHeight > 0 && outWidth > 0;
    })
    .map(([g, [count = 1, height = 1, width = 1, channels = 1, kernelHeight = 1, kernelWidth = 1, filters = 1], seed]) => {
      const [outHeight, outWidth] = outputSize([height, width], [kernelHeight, kernelWidth], g);
      const [image, weights] = [
        [count, height, width, channels],
        [kernelHeight, kernelWidth, channels, filters],
      ];
      return {
        inputs: [noise(image, seed), noise(weights, seed + 1), noise([count, outHeight, outWidth, filters], seed + 2)],
        program: (k, inputs) => {
          const [x, w, dy] = inputs;
          if (x === undefined || w === undefined || dy === undefined) throw new Error("three inputs are needed");
          return [k.convolve(x, w, g), k.convolveToInput(dy, w, g, image), k.convolveToWeights(x, dy, g, weights)];
        },
      };
    }),
  pooling: fc
    .tuple(geometry, fc.tuple(...[3, 9, 9, 5, 3, 3].map((max) => awkwardLength(max))), seeds)
    // A window that lies in the padding altogether has no largest entry.
    .map(([{ stride, padding }, [count = 1, height = 1, width = 1, channels = 1, h = 1, w = 1], seed]) => {
      const size = [Math.min(h, height), Math.min(w, width)] as const;
      const less = (margin: number, length: number): number => Math.min(margin, length - 1);
      const window: Window = {
        size,
        stride,
        padding: {
          top: less(padding.top, size[0]),
          bottom: less(padding.bottom, size[0]),
          left: less(padding.left, size[1]),
          right: less(padding.right, size[1]),
        },
      };
      const image = [count, height, width, channels];
      const [outHeight, outWidth] = outputSize([height, width], size, window);
      // Whole numbers, so that there are ties.
      const x = whole(image, 4, seed);
      return {
        inputs: [x, noise([count, outHeight, outWidth, channels], seed)],
        program: binary((k, a, dy) => [
          k.maxPool(a, window),
          k.maxPoolToInput(a, dy, window),
          k.averagePool(a, window),
          k.averagePoolToInput(dy, window, image),
        ]),
      };
    }),
  "batch normalisation and Adam": fc
    .tuple(awkwardLength(5), awkwardLength(7), awkwardLength(9), seeds)
    .map(([count, side, channels, seed]) => ({
      inputs: [
        noise([count + 1, side, side, channels], seed),
        noise([channels], seed + 1),
        noise([count + 1, side, side, channels], seed + 2),
      ],
      program: (k, inputs) => {
        const [x, scale, dy] = inputs;
        if (x === undefined || scale === undefined || dy === undefined) throw new Error("three inputs are needed");
        const { y, mean, variance } = k.batchNorm(x, scale, scale, 1e-2);
        const pulled = k.batchNormPull(x, scale, mean, variance, 1e-2, dy);
        const one = k.constant(generate([], () => 0.1));
        const adam = k.adam(
          x,
          dy,
          dy,
          k.map("square", dy),
          { learningRate: one, correction1: one, correction2: one },
          {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-3,
            weightDecay: 1e-5,
          },
        );
        return [
          y,
          mean,
          variance,
          pulled.x,
          pulled.scale,
          pulled.shift,
          k.addRelu(x, dy),
          k.reluPull(x, dy),
          adam.parameter,
          adam.first,
          adam.second,
        ];
      },
      bound: coarse,
    })),
};

/** Cases of each law, fewer where every shape costs the compilation of its shaders. */
const runs: Readonly<Record<"webasm" | "cpu" | "webgpu" | "headlessgl", number>> = { webasm: 12, cpu: 12, webgpu: 4, headlessgl: 2 };

const backends = Object.keys(runs) as readonly (keyof typeof runs)[];

const opened = new Map<GpuBackend, E.Either<{ readonly message: string }, Engine<GpuTensor>>>();
for (const backend of backends) opened.set(backend, await gpuEngine(backend)());

describe.each(backends)("GPU.js %s", (backend) => {
  const result = opened.get(backend);
  if (result === undefined || E.isLeft(result)) {
    test.skip(`not here: ${result?.left.message}`, () => undefined);
    return;
  }
  const engine = result.right;
  beforeAll(() => {
    expect(engine.info.backend).toBe(backend);
  });
  afterAll(async () => {
    await must(engine.close);
  });

  test.each(Object.entries(laws))("%s match the reference", async (_, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, (law) => engineMatchesReference(engine, law.program, law.inputs, law.bound ?? bound)),
      { numRuns: runs[backend], seed: 20260, endOnFailure: true },
    );
  });

  test("a long sum loses no more than float32 must", async () => {
    const x = generate([200_003], (i) => Math.fround(1 + (i % 7) / 7));
    await engineMatchesReference(engine, (k, inputs) => inputs.map((input) => k.reduce("sum", input, [0])), [x], 1e-6);
  });

  test("index arithmetic is exact in large tensors", async () => {
    const shape = [1_300_000, 3];
    const picked = Array.from({ length: 500 }, (_, i) => (i * 7_919 * 131) % sizeOf(shape));
    const [transposed] = await evaluateOn(engine, (k, inputs) => inputs.map((input) => k.transpose(input)), [generate(shape, (i) => i)]);
    const wrong = picked.filter((i) => transposed?.data[i] !== (i % 1_300_000) * 3 + Math.floor(i / 1_300_000));
    expect(wrong).toEqual([]);
  });
});
