/** The GPU.js engine keeps every kernel's promise on every backend that works here; the others say why they do not. */

import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GpuBackend, type GpuTensor, gpuEngine } from "../src/engines/gpu/index.js";
import { type Engine, square } from "../src/engines/index.js";
import { generate, sizeOf } from "../src/tensor/index.js";
import { unless } from "../test/missing.js";
import { engineLaws } from "./engine-laws.js";
import { engineMatchesReference, evaluateOn, must, tensorOf } from "./laws.js";

/** Error over the largest magnitude: some roundings of float32. Exponentials and logarithms of GPUs are coarser. */
const bound = 1e-5;

/** Cases of each law, fewer where every shape costs the compilation of its shaders. */
const runs: Readonly<Record<"webasm" | "cpu" | "webgpu" | "headlessgl", number>> = { webasm: 12, cpu: 12, webgpu: 4, headlessgl: 3 };

const backends = Object.keys(runs) as readonly (keyof typeof runs)[];

const opened = new Map<GpuBackend, E.Either<{ readonly message: string }, Engine<GpuTensor>>>();
for (const backend of backends) opened.set(backend, await gpuEngine(backend)());

describe.each(backends)("GPU.js %s", (backend) => {
  const result = opened.get(backend);
  if (result === undefined || E.isLeft(result)) {
    test("keeps every promise", unless(result?.left.message ?? "it was not opened"), () => undefined);
    return;
  }
  const engine = result.right;
  beforeAll(() => {
    expect(engine.info.backend).toBe(backend);
  });
  afterAll(async () => {
    await must(engine.close);
  });

  // GLSL and WGSL promise nothing about NaN, and may take the smallest numbers for 0.
  const strict = backend === "webasm" || backend === "cpu";
  engineLaws(() => engine, { bound, runs: runs[backend], nan: strict, denormals: strict });

  // The laws' shapes are small; vectors of four, and packing, begin at 16 rows and columns of sums divisible by four.
  const sides = fc.constantFrom(16, 20, 23);
  const terms = fc.constantFrom(4, 8, 7);
  const small = fc.float({ min: -2, max: 2, noNaN: true });

  test("products and distances of the sizes that are laid out in vectors", () =>
    fc.assert(
      fc.asyncProperty(
        fc
          .tuple(sides, terms, sides)
          .chain(([rows, inner, columns]) =>
            fc.tuple(tensorOf([rows, inner], small), tensorOf([inner, columns], small), tensorOf([columns, inner], small)),
          ),
        (inputs) =>
          engineMatchesReference(
            engine,
            (k, [a, b, bt]) =>
              a === undefined || b === undefined || bt === undefined
                ? []
                : [k.matmul(a, b), k.matmul(a, bt, { b: true }), k.matmul(b, a, { a: true, b: true }), k.squaredDistances(a)],
            inputs,
            bound,
          ),
      ),
      { numRuns: runs[backend] },
    ));

  test("convolutions of the sizes that are laid out in vectors", () =>
    fc.assert(
      fc.asyncProperty(
        fc
          .tuple(fc.constantFrom(4, 16, 18), fc.constantFrom(4, 16, 20, 17), fc.constantFrom(1, 2), fc.constantFrom(4, 5, 8))
          .chain(([channels, filters, stride, side]) => {
            const out = Math.floor((side - 1) / stride) + 1;
            return fc.tuple(
              fc.constant(stride),
              tensorOf([2, side, side, channels], small),
              tensorOf([3, 3, channels, filters], small),
              tensorOf([2, out, out, filters], small),
            );
          }),
        ([stride, ...inputs]) =>
          engineMatchesReference(
            engine,
            (k, [x, w, dy]) =>
              x === undefined || w === undefined || dy === undefined
                ? []
                : [
                    k.convolve(x, w, square(stride, 1)),
                    k.convolveToInput(dy, w, square(stride, 1), k.shapeOf(x)),
                    k.convolveToWeights(x, dy, square(stride, 1), k.shapeOf(w)),
                  ],
            inputs,
            bound,
          ),
      ),
      { numRuns: runs[backend] },
    ));

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
