/** The GPU.js engine keeps every kernel's promise on every backend that works here; the others say why they do not. */
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GpuBackend, type GpuTensor, gpuEngine } from "../src/engines/gpu/index.js";
import type { Engine } from "../src/engines/index.js";
import { generate, sizeOf } from "../src/tensor/index.js";
import { engineLaws } from "./engine-laws.js";
import { engineMatchesReference, evaluateOn, must } from "./laws.js";

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

  // GLSL and WGSL promise nothing about NaN, and may take the smallest numbers for 0.
  const strict = backend === "webasm" || backend === "cpu";
  engineLaws(() => engine, { bound, runs: runs[backend], nan: strict, denormals: strict });

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
