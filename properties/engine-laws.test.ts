// One specification, every engine that needs no graphics hardware: each kernel against the reference, awkward shapes and numbers.
import fc from "fast-check";
import * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GpuTensor, gpuEngine } from "../src/engines/gpu/index.js";
import { type Engine, type Kernels, type Resident, referenceEngine, referenceKernels } from "../src/engines/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import { engineError } from "../src/faults/index.js";
import { at, type Tensor, unsafeTensor } from "../src/tensor/index.js";
import { engineLaws, laws } from "./engine-laws.js";
import { engineMatchesReference, must } from "./laws.js";

const bound = 1e-5;

describe("wasm", () => {
  let engine: WasmEngine;
  beforeAll(async () => {
    engine = await must(wasmEngine({ threads: 2 }));
  });
  afterAll(() => must(engine.close));
  engineLaws(() => engine, { bound });
});

describe("GPU.js cpu", () => {
  let engine: Engine<GpuTensor>;
  beforeAll(async () => {
    engine = await must(gpuEngine("cpu"));
  });
  afterAll(() => must(engine.close));
  engineLaws(() => engine, { bound, runs: 6 });
});

/** Its last entry a little off, as a wrong remainder of a tile would leave it. */
const spoiled = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if ("data" in value && "shape" in value) {
    const { shape, data } = value as Tensor;
    const last = data.length - 1;
    return unsafeTensor(
      shape,
      Float64Array.from(data, (entry, i) => (i === last ? entry + 1e-3 * Math.max(1, ...Array.from(data, Math.abs)) : at(data, i))),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, spoiled(part)]));
};

/** The reference with the results of one kernel changed. */
const withChanged = (kernel: keyof typeof laws, change: (value: unknown) => unknown): Engine<Tensor> => {
  const right = referenceKernels[kernel] as (...inputs: readonly unknown[]) => unknown;
  const kernels = { ...referenceKernels, [kernel]: (...inputs: readonly unknown[]) => change(right(...inputs)) } as Kernels<Tensor>;
  return {
    ...referenceEngine,
    compile: (_, program) =>
      TE.right({
        run: (inputs) =>
          TE.tryCatch(
            async () => {
              const values = await Promise.all(inputs.map((input) => must(input.read)));
              return program(kernels, values).map((t): Resident => ({ shape: t.shape, read: TE.right(t), release: () => undefined }));
            },
            (thrown) => engineError(String(thrown)),
          ),
        close: () => undefined,
      }),
  };
};

describe("the laws bite: each refuses an engine whose one kernel is wrong in one entry", () => {
  test.each(Object.keys(laws) as readonly (keyof typeof laws)[])("%s", async (kernel) => {
    const failsWith = async (engine: Engine<Tensor>): Promise<boolean> => {
      const property = fc.asyncProperty(laws[kernel], ({ program, inputs }) => engineMatchesReference(engine, program, inputs, bound));
      return (await fc.check(property, { numRuns: 6, endOnFailure: true })).failed;
    };
    expect(await failsWith(withChanged(kernel, (value) => value))).toBe(false);
    expect(await failsWith(withChanged(kernel, spoiled))).toBe(true);
  });
});
