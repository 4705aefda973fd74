/** Laws that several subjects share, named after what they promise, and the arbitraries they draw from. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { expect } from "vitest";
import { checkGradient, type Pullback } from "../src/autodiff/index.js";
import { type Engine, type Kernels, referenceEngine, referenceKernels } from "../src/engines/index.js";
import type { Fault } from "../src/faults/index.js";
import { normals, seeded, split } from "../src/random/index.js";
import { at, itemOf, type Shape, sizeOf, type Tensor, unsafeTensor } from "../src/tensor/index.js";

/** Standard normal numbers of a shape, from a seed; representable in float32, so that every engine is given the same. */
export const noise = (shape: Shape, seed: number, label = "noise"): Tensor =>
  unsafeTensor(shape, normals(sizeOf(shape), split(seeded(seed), label))[0].map(Math.fround));

export const seeds = fc.integer({ min: 0, max: 1_000_000 });
/** Lengths that tiles like least: 1, odd, prime, a power of two, one more than one. */
export const awkwardLength = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 1, max }), fc.constantFrom(...[1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 33].filter((length) => length <= max)));

/** Numbers that kernels like least: zeros, ties, huge, tiny; finite, and representable in float32. */
export const awkwardNumber = fc.oneof(
  { weight: 4, arbitrary: fc.float({ min: -4, max: 4, noNaN: true }) },
  fc.constantFrom(0, 1, -1, 0.5, 1e-6, -1e-6, 1e4, -1e4).map(Math.fround),
);

export const tensorOf = (shape: Shape, entries: fc.Arbitrary<number> = awkwardNumber): fc.Arbitrary<Tensor> =>
  fc.array(entries, { minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((values) => unsafeTensor(shape, Float64Array.from(values)));

export const sum = (values: Iterable<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

export const right = <L extends { readonly message: string }, A>(result: E.Either<L, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

/** Largest |a - b| over the largest |b| (`floor` at least); infinite where one is NaN and the other is not. */
export const relativeError = (a: Tensor, b: Tensor, floor = 1e-3): number => {
  expect(a.shape).toEqual(b.shape);
  let scale = floor;
  let worst = 0;
  for (let i = 0; i < b.data.length; i++) if (Number.isFinite(at(b.data, i))) scale = Math.max(scale, Math.abs(at(b.data, i)));
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [at(a.data, i), at(b.data, i)];
    if (Object.is(x, y) || x === y) continue;
    const error = Math.abs(x - y) / scale;
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
};

/** The explicit gradient of a function of one tensor equals central differences of <dy, f(x)>, dy being fixed noise. */
export const gradientMatchesDifferences = (f: Pullback<Tensor, Tensor>, x: Tensor, seed = 0, bound = 2e-6): void => {
  const dy = noise(f(x)[0].shape, seed, "dy");
  const report = right(
    checkGradient(
      (input) => {
        const [y, pull] = f(input);
        return [sum(Array.from(y.data, (value, i) => value * at(dy.data, i))), pull(dy)];
      },
      x,
      { bound, step: 1e-6 },
    ),
  );
  expect(report).toMatchObject({ pass: true });
};

/** A scalar loss keeps its value, and its gradient is permuted likewise, when the rows of x are permuted. */
export const invariantUnderPermutation = (f: Pullback<Tensor, Tensor>, x: Tensor, order: readonly number[]): void => {
  const [loss, pull] = f(x);
  const [permutedLoss, permutedPull] = f(rowsInOrder(x, order));
  const one = unsafeTensor(loss.shape, Float64Array.of(1));
  expect(itemOf(permutedLoss)).toBeCloseTo(itemOf(loss), 10);
  expect(relativeError(permutedPull(one), rowsInOrder(pull(one), order))).toBeLessThan(1e-9);
};

/** Row i of the result is row order[i]. */
export const rowsInOrder = (x: Tensor, order: readonly number[]): Tensor => {
  const columns = sizeOf(x.shape) / (x.shape[0] ?? 1);
  return unsafeTensor(
    x.shape,
    Float64Array.from(x.data, (_, i) => at(x.data, (order[Math.floor(i / columns)] ?? 0) * columns + (i % columns))),
  );
};

/** Two calls with the same seed give the same value; another seed gives another. */
export const sameSeedSameValue = <A>(make: (seed: number) => A, seed: number): void => {
  expect(make(seed)).toEqual(make(seed));
  expect(make(seed)).not.toEqual(make(seed + 1));
};

/** A program written for every engine. */
export type AnyProgram = <T>(k: Kernels<T>, inputs: readonly T[]) => readonly T[];

export const must = async <A>(task: TE.TaskEither<Fault, A>): Promise<A> => right(await task());

/** What a program gives on an engine: compiled, run once, read back. */
export const evaluateOn = async <T>(engine: Engine<T>, program: AnyProgram, inputs: readonly Tensor[]): Promise<readonly Tensor[]> => {
  const compiled = await must(
    engine.compile(
      inputs.map(({ shape }) => shape),
      (k, handles) => program(k, handles),
    ),
  );
  const residents = inputs.map(engine.upload);
  const outputs = await must(compiled.run(residents));
  const values = await Promise.all(outputs.map((output) => must(output.read)));
  for (const resident of [...residents, ...outputs]) resident.release();
  compiled.close();
  return values;
};

/** Every output of a program on an engine is within `bound` of the reference's, relative to the largest magnitude. */
export const engineMatchesReference = async <T>(
  engine: Engine<T>,
  program: AnyProgram,
  inputs: readonly Tensor[],
  bound: number,
): Promise<void> => {
  const expected = await evaluateOn(referenceEngine, program, inputs);
  const got = await evaluateOn(engine, program, inputs);
  expect(got.length).toBe(expected.length);
  expected.forEach((truth, index) => {
    const tensor = got[index];
    if (tensor === undefined) throw new Error(`output ${index} is missing`);
    expect({ output: index, error: relativeError(tensor, truth) }).toSatisfy(({ error }: { readonly error: number }) => error <= bound);
  });
};

export const reference = referenceKernels;
