// What a step reports goes through one row: every number arrives in its own place, and one that is none spoils no other.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gpuEngine } from "../src/engines/gpu/index.js";
import { type Engine, referenceEngine, referenceKernels } from "../src/engines/index.js";
import { wasmEngine } from "../src/engines/wasm/index.js";
import { type Layout, type Named, scalar, sizeOf, type Tensor, unflatten, unsafeTensor, vector } from "../src/tensor/index.js";
import { inOneRow, readObserved } from "../src/train/observe.js";
import { must } from "./laws.js";

const number = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((whole) => whole / 8) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0) },
);

const parts = fc
  .array(fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }), { minLength: 1, maxLength: 7 })
  .map(
    (lengths): Layout =>
      lengths.map((length, at) => ({ name: at === 0 ? "loss" : `part${at}`, shape: length === undefined ? [] : [length] })),
  )
  .chain((layout) =>
    fc.tuple(
      fc.constant(layout),
      fc.tuple(...layout.map(({ shape }) => fc.array(number, { minLength: sizeOf(shape), maxLength: sizeOf(shape) }))),
    ),
  );

const arrives = async <T>(engine: Engine<T>): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(parts, async ([layout, values]) => {
      const program = await must(
        engine.compile(
          layout.map(({ shape }) => shape),
          (k, inputs) => [inOneRow(k)(layout, unflatten(layout, inputs) as Named<(typeof inputs)[number]>)],
        ),
      );
      const residents = layout.map(({ shape }, at) => engine.upload(unsafeTensor(shape, Float64Array.from(values[at] ?? []))));
      const [row] = await must(program.run(residents));
      const read: Tensor = await must(row?.read ?? (() => Promise.reject(new Error("no row"))));
      const observed = readObserved(layout, read);
      program.close();
      for (const [at, { name, shape }] of layout.entries()) {
        const expected = shape.length === 0 ? (values[at] ?? [])[0] : values[at];
        const found = observed[name];
        if (
          JSON.stringify([found].flat().map(String)) !== JSON.stringify([expected].flat().map((value) => String(value === 0 ? 0 : value)))
        )
          throw new Error(`${name}: ${String(expected)} arrived as ${String(found)}`);
      }
    }),
    { numRuns: 12 },
  );
};

describe("the row of what a step reports", () => {
  it("keeps the loss beside a part that is no number", () => {
    const layout: Layout = [
      { name: "loss", shape: [] },
      { name: "broken", shape: [2] },
    ];
    const values = { loss: scalar(3), broken: vector([Number.NaN, 1]) };
    expect(readObserved(layout, inOneRow(referenceKernels)(layout, values))).toEqual({ loss: 3, broken: [Number.NaN, 1] });
  });
  it("on the reference", () => arrives(referenceEngine));
  it("on wasm", async () => {
    const engine = await must(wasmEngine({ threads: 1 }));
    await arrives(engine);
    await must(engine.close);
  });
  it.each(["cpu", "webasm"] as const)("on GPU.js %s", async (backend) => {
    const engine = await must(gpuEngine(backend));
    await arrives(engine);
    await must(engine.close);
  });
});
