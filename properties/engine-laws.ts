/**
 * The specification of an engine in one table: every kernel of `Kernels`, on awkward shapes and awkward numbers, gives what
 * the reference gives. A kernel added to the record without a law here is a type error.
 */
import fc from "fast-check";
import { test } from "vitest";
import { type Engine, type Geometry, type Kernels, outputSize, type Window } from "../src/engines/index.js";
import { generate, type Shape, type Tensor } from "../src/tensor/index.js";
import { type AnyProgram, awkwardLength, awkwardNumber, engineMatchesReference, tensorOf } from "./laws.js";

export interface Case {
  readonly inputs: readonly Tensor[];
  readonly program: AnyProgram;
}

export interface EngineLawOptions {
  /** Largest error accepted, relative to the largest magnitude of an output. */
  readonly bound: number;
  /** Random cases of each kernel. */
  readonly runs?: number;
  /** False for engines whose arithmetic makes no promise about NaN (graphics shaders). */
  readonly nan?: boolean;
  /** False for engines that take numbers below 2^-126 for 0, as graphics processors may. */
  readonly denormals?: boolean;
}

const withoutDenormals = (t: Tensor): Tensor =>
  generate(t.shape, (index) => {
    const value = t.data[index] ?? 0;
    return Math.abs(value) < 2 ** -126 ? 0 : value;
  });

const given = <T>(inputs: readonly T[], index: number): T => {
  const input = inputs[index];
  if (input === undefined) throw new Error(`the program needs input ${index}`);
  return input;
};

const of1 =
  (f: <T>(k: Kernels<T>, a: T) => readonly T[]): AnyProgram =>
  (k, inputs) =>
    f(k, given(inputs, 0));
const of2 =
  (f: <T>(k: Kernels<T>, a: T, b: T) => readonly T[]): AnyProgram =>
  (k, inputs) =>
    f(k, given(inputs, 0), given(inputs, 1));
const of3 =
  (f: <T>(k: Kernels<T>, a: T, b: T, c: T) => readonly T[]): AnyProgram =>
  (k, inputs) =>
    f(k, given(inputs, 0), given(inputs, 1), given(inputs, 2));

/** Few different values, so that most entries tie with others. */
const tied = fc.constantFrom(-1, 0, 0.5, 2);
/** Not zero, and of a size whose square and reciprocal float32 still holds. */
const positive = fc.oneof(fc.float({ min: 0.0625, max: 8, noNaN: true }), fc.constantFrom(1e-4, 1, 1e4).map(Math.fround));
const smooth = fc.float({ min: -2, max: 2, noNaN: true });
const share = fc.integer({ min: 0, max: 1023 }).map((n) => n / 1024);
const lengths = (...most: readonly number[]): fc.Arbitrary<readonly number[]> => fc.tuple(...most.map((max) => awkwardLength(max)));

/** A shape, tensors of it drawn from each of `entries`, and the program they are for. */
const drawn = (shapes: readonly Shape[], entries: readonly fc.Arbitrary<number>[], program: AnyProgram): fc.Arbitrary<Case> =>
  fc.tuple(...shapes.map((shape, i) => tensorOf(shape, entries[i] ?? awkwardNumber))).map((inputs) => ({ inputs, program }));

const geometries: fc.Arbitrary<Geometry> = fc.record({
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.record({ top: fc.nat(1), bottom: fc.nat(2), left: fc.nat(2), right: fc.nat(1) }),
});

const convolutionLaw = (program: (g: Geometry, image: Shape, weights: Shape) => AnyProgram): fc.Arbitrary<Case> =>
  fc.tuple(geometries, lengths(2, 9, 9, 5, 3, 5, 9)).chain(([g, [n = 1, h = 1, w = 1, cin = 1, kh = 1, kw = 1, cout = 1]]) => {
    const kernel = [Math.min(kh, h + g.padding.top + g.padding.bottom), Math.min(kw, w + g.padding.left + g.padding.right)] as const;
    const [image, weights] = [
      [n, h, w, cin],
      [...kernel, cin, cout],
    ];
    const y = [n, ...outputSize([h, w], kernel, g), cout];
    return drawn([image, weights, y], [smooth, smooth, smooth], program(g, image, weights));
  });

/** Each window covers an entry of the input; ties are the rule. */
const poolingLaw = (program: (window: Window, image: Shape) => AnyProgram): fc.Arbitrary<Case> =>
  fc
    .tuple(geometries, lengths(2, 9, 9, 5, 3, 3), fc.boolean())
    .chain(([{ stride }, [n = 1, h = 1, w = 1, c = 1, kh = 1, kw = 1], padded]) => {
      const size = [Math.min(kh, h), Math.min(kw, w)] as const;
      const margin = (length: number): number => (padded ? Math.floor(length / 2) : 0);
      const padding = { top: margin(size[0]), bottom: margin(size[0]), left: margin(size[1]), right: margin(size[1]) };
      const window: Window = { size, stride, padding };
      return drawn(
        [
          [n, h, w, c],
          [n, ...outputSize([h, w], size, window), c],
        ],
        [tied, smooth],
        program(window, [n, h, w, c]),
      );
    });

const planes = lengths(5, 33);
const images = lengths(3, 5, 5, 17);
const rowsOf = (shape: Shape): number => shape[0] ?? 1;
const columnsOf = (shape: Shape): number => shape[1] ?? 1;
const lastOf = (shape: Shape): number => shape[shape.length - 1] ?? 1;

/** One law a kernel. */
export const laws: Readonly<Record<Exclude<keyof Kernels<unknown>, "shapeOf">, fc.Arbitrary<Case>>> = {
  constant: planes.chain((shape) =>
    tensorOf(shape).chain((fixed) =>
      drawn(
        [shape],
        [],
        of1((k, a) => [k.zip("add", a, k.constant(fixed)), k.constant(fixed)]),
      ),
    ),
  ),
  reshape: planes.chain((shape) =>
    drawn(
      [shape],
      [],
      of1((k, a) => [k.reshape(a, [1, rowsOf(shape) * columnsOf(shape), 1])]),
    ),
  ),
  map: planes.chain((shape) =>
    drawn(
      [shape, shape, shape],
      [awkwardNumber, positive, smooth],
      of3((k, any, above, small) => [
        ...(["negate", "absolute", "sign", "square", "relu", "positive"] as const).map((op) => k.map(op, any)),
        ...(["squareRoot", "reciprocal", "reciprocalOrZero", "logarithm"] as const).map((op) => k.map(op, above)),
        k.map("exponential", small),
        k.map("reciprocalOrZero", k.affine(any, 0, 0)),
      ]),
    ),
  ),
  affine: planes.chain((shape) =>
    drawn(
      [shape],
      [],
      of1((k, a) => [k.affine(a, -1 / 3, 2), k.affine(a, 0, 1), k.affine(a, 1, 0)]),
    ),
  ),
  zip: fc.tuple(images, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()), fc.nat(4)).chain(([shape, kept, gone]) =>
    drawn(
      [shape, shape.map((length, axis) => (kept[axis] === true ? length : 1)).slice(gone)],
      [tied, tied.map((value) => (value === 0 ? 4 : value))],
      of2((k, a, b) => [
        ...(["add", "subtract", "multiply", "divide", "maximum", "minimum", "less", "equal"] as const).map((op) => k.zip(op, a, b)),
        ...(["subtract", "less", "maximum", "equal"] as const).map((op) => k.zip(op, b, a)),
      ]),
    ),
  ),
  reduce: fc.tuple(images, fc.subarray([0, 1, 2, 3])).chain(([shape, axes]) =>
    drawn(
      [shape],
      [],
      of1((k, a) => (["sum", "maximum", "minimum"] as const).map((op) => k.reduce(op, a, axes))),
    ),
  ),
  argMinimum: planes.chain((shape) =>
    drawn(
      [shape, shape],
      [tied, awkwardNumber],
      of2((k, a, b) => [k.argMinimum(a), k.argMinimum(b)]),
    ),
  ),
  transpose: lengths(33, 33).chain((shape) =>
    drawn(
      [shape],
      [],
      of1((k, a) => [k.transpose(a)]),
    ),
  ),
  matmul: lengths(33, 17, 33).chain(([m = 1, n = 1, p = 1]) =>
    drawn(
      [
        [m, n],
        [n, p],
      ],
      [smooth, smooth],
      of2((k, a, b) => [
        k.matmul(a, b),
        k.matmul(k.transpose(a), b, { a: true }),
        k.matmul(a, k.transpose(b), { b: true }),
        k.matmul(k.transpose(a), k.transpose(b), { a: true, b: true }),
      ]),
    ),
  ),
  // Coordinates on a coarse grid: many points coincide, and those must be at distance 0 exactly.
  squaredDistances: lengths(33, 17).chain((shape) =>
    drawn(
      [shape, shape],
      [tied, smooth],
      of2((k, a, b) => [k.squaredDistances(a), k.squaredDistances(b), k.squaredDistances(a, 1e-6), k.squaredDistances(b, -0.75)]),
    ),
  ),
  // Points a step of 2^-16 apart, at the origin and 8 away from it: their sums are exact where differences come first.
  alongDifferences: lengths(33, 33).chain(([n = 1, d = 1]) =>
    drawn(
      [
        [n, n],
        [n, d],
        [n, d],
      ],
      [smooth, fc.nat(3).map((steps) => steps * 2 ** -16), smooth],
      of3((k, weights, near, x) => [
        k.alongDifferences(weights, near),
        k.alongDifferences(weights, k.affine(near, 1, 8)),
        k.alongDifferences(weights, x),
      ]),
    ),
  ),
  pick: lengths(9, 17, 5).chain(([n = 1, m = 1, picks = 1]) =>
    drawn(
      [
        [n, m],
        [n, picks],
      ],
      [awkwardNumber, fc.nat(m - 1)],
      of2((k, a, b) => [k.pick(a, b)]),
    ),
  ),
  scatter: lengths(9, 17, 5).chain(([n = 1, m = 1, picks = 1]) =>
    drawn(
      [
        [n, picks],
        [n, picks],
      ],
      [smooth, fc.nat(m - 1)],
      of2((k, a, b) => [k.scatter(a, b, m)]),
    ),
  ),
  // Whole weights, many of them 0, and uniforms in 1024ths: running weights and thresholds are exact in float32.
  sample: lengths(9, 33, 9).chain(([n = 1, m = 1, draws = 1]) =>
    drawn(
      [
        [n, m],
        [n, draws],
      ],
      [fc.constantFrom(0, 0, 0, 1, 2, 5), share],
      of2((k, a, b) => [k.sample(a, b)]),
    ),
  ),
  convolve: convolutionLaw((g) => of2((k, x, w) => [k.convolve(x, w, g)])),
  convolveToInput: convolutionLaw((g, image) => of3((k, _, w, dy) => [k.convolveToInput(dy, w, g, image)])),
  convolveToWeights: convolutionLaw((g, _, weights) => of3((k, x, _w, dy) => [k.convolveToWeights(x, dy, g, weights)])),
  // More parts than one kernel may read.
  concatenate: lengths(3, 5, 17, 9, 1, 4).chain(([n = 1, h = 1, a = 1, b = 1, c = 1, d = 1]) =>
    drawn(
      [
        [n, h, a],
        [n, h, b],
        [n, h, c + d],
      ],
      [awkwardNumber, awkwardNumber, awkwardNumber],
      of3((k, x, y, z) => [k.concatenate([x, y, z]), k.concatenate([z]), k.concatenate([x, z, y, y, x, z, z, y, x, y])]),
    ),
  ),
  slice: fc.tuple(images, fc.nat(16), fc.nat(16)).chain(([shape, a, b]) => {
    const last = lastOf(shape);
    const [from, to] = [Math.min(a % last, b % last), Math.max(a % last, b % last) + 1];
    return drawn(
      [shape],
      [awkwardNumber],
      of1((k, x) => [k.slice(x, from, to), k.slice(x, 0, last)]),
    );
  }),
  maxPool: poolingLaw((window) => of1((k, x) => [k.maxPool(x, window)])),
  maxPoolToInput: poolingLaw((window) => of2((k, x, dy) => [k.maxPoolToInput(x, dy, window)])),
  averagePool: poolingLaw((window) => of1((k, x) => [k.averagePool(x, window)])),
  averagePoolToInput: poolingLaw((window, image) => of2((k, _, dy) => [k.averagePoolToInput(dy, window, image)])),
  batchNorm: images.chain((shape) =>
    drawn(
      [shape, [lastOf(shape)], [lastOf(shape)]],
      [smooth, smooth, smooth],
      of3((k, x, scale, shift) => {
        const { y, mean, variance } = k.batchNorm(x, scale, shift, 1e-2);
        return [y, mean, variance];
      }),
    ),
  ),
  batchNormPull: images.chain((shape) =>
    drawn(
      [shape, [lastOf(shape)], shape],
      [smooth, smooth, smooth],
      of3((k, x, scale, dy) => {
        const { mean, variance } = k.batchNorm(x, scale, scale, 1e-2);
        const pulled = k.batchNormPull(x, scale, mean, variance, 1e-2, dy);
        return [pulled.x, pulled.scale, pulled.shift];
      }),
    ),
  ),
  channelAffine: images.chain((shape) =>
    drawn(
      [shape, [lastOf(shape)], [lastOf(shape)]],
      [smooth, smooth, smooth],
      of3((k, x, scale, shift) => [k.channelAffine(x, scale, shift)]),
    ),
  ),
  addRelu: images.chain((shape) =>
    drawn(
      [shape, shape],
      [tied, tied],
      of2((k, a, b) => [k.addRelu(a, b)]),
    ),
  ),
  reluPull: images.chain((shape) =>
    drawn(
      [shape, shape],
      [tied, awkwardNumber],
      of2((k, y, dy) => [k.reluPull(k.map("relu", y), dy)]),
    ),
  ),
  adam: planes.chain((shape) =>
    drawn(
      [shape, shape, shape],
      [smooth, smooth, positive],
      of3((k, parameter, gradient, second) => {
        const [rate, correction] = [k.constant(generate([], () => 0.125)), k.constant(generate([], () => 0.25))];
        const next = k.adam(
          parameter,
          gradient,
          gradient,
          second,
          { learningRate: rate, correction1: correction, correction2: correction },
          { beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 1e-2 },
        );
        return [next.parameter, next.first, next.second];
      }),
    ),
  ),
};

/** One entry that is not a number, among others, at every place a vector register can hold it. */
const spoilt: fc.Arbitrary<Tensor> = fc.tuple(lengths(5, 33), fc.nat(164)).map(([shape, place]) => {
  const size = rowsOf(shape) * columnsOf(shape);
  return generate(shape, (i) => (i === place % size ? Number.NaN : (i % 7) - 3));
});

/** What must not swallow a NaN: a loss that is no number has to be seen. */
const nanProgram: AnyProgram = of1((k, a) => [
  ...(["negate", "absolute", "square", "squareRoot", "exponential", "relu"] as const).map((op) => k.map(op, a)),
  ...(["add", "maximum", "minimum"] as const).flatMap((op) => [k.zip(op, a, k.affine(a, 0, 1)), k.zip(op, k.affine(a, 2, 1), a)]),
  ...(["sum", "maximum", "minimum"] as const).flatMap((op) => [k.reduce(op, a, [1]), k.reduce(op, a, [0, 1])]),
  k.addRelu(a, a),
  k.matmul(a, a, { b: true }),
]);

/** Declares one test a kernel, and one for NaN: the engine gives what the reference gives. `engine` is asked when a test runs. */
export const engineLaws = <T>(engine: () => Engine<T>, { bound, runs = 25, nan = true, denormals = true }: EngineLawOptions): void => {
  for (const [kernel, arbitrary] of Object.entries(laws)) {
    test(kernel, () =>
      fc.assert(
        fc.asyncProperty(arbitrary, ({ program, inputs }) =>
          engineMatchesReference(engine(), program, denormals ? inputs : inputs.map(withoutDenormals), bound),
        ),
        { numRuns: runs },
      ),
    );
  }
  if (nan) {
    test("what is not a number stays visible", () =>
      fc.assert(
        fc.asyncProperty(spoilt, (input) => engineMatchesReference(engine(), nanProgram, [input], bound)),
        { numRuns: runs },
      ));
  }
};
