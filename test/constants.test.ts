/** Constants of a program are kept once for equal numbers, bit for bit, and what an engine computes does not change. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { describe, expect, test } from "vitest";
import { oncePerNumbers } from "../src/engines/constants.js";
import { gpuEngine } from "../src/engines/gpu/index.js";
import { lower, tracer } from "../src/engines/gpu/plan.js";
import { indexLimit } from "../src/engines/gpu/source.js";
import { type Engine, type Kernels, referenceEngine } from "../src/engines/index.js";
import { planFor } from "../src/engines/wasm/engine.js";
import { wasmEngine } from "../src/engines/wasm/index.js";
import type { Fault } from "../src/faults/index.js";
import { generate, type Tensor, vector } from "../src/tensor/index.js";

const must = async <A>(task: TE.TaskEither<Fault, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const identity = (size: number): Tensor => generate([size, size], (flat) => (flat % (size + 1) === 0 ? 1 : 0));

/** A mask asked for three times, once in another shape, beside one of other numbers and two that differ in a sign of zero. */
const masked = <T>(k: Kernels<T>, [x]: readonly T[]): readonly T[] => {
  if (x === undefined) return [];
  const [first, second] = [k.constant(identity(4)), k.constant(identity(4))];
  const flat = k.constant({ ...identity(4), shape: [16] });
  const other = k.constant(generate([4, 4], (flat) => flat));
  const zeros = [0, -0].map((value) => k.map("reciprocal", k.constant(vector([value, value]))));
  return [k.zip("multiply", x, first), k.matmul(second, x), k.zip("add", k.reshape(x, [16]), flat), k.zip("subtract", x, other), ...zeros];
};

test("numbers are the same bit for bit: 0 and -0 are not, nor are two NaNs", () => {
  const bits = (word: number): Float32Array => new Float32Array(Int32Array.of(word).buffer);
  const once = oncePerNumbers<number>();
  const made = [bits(0), bits(-0x80000000), bits(0x7fc00000), bits(0x7fc00001), new Float32Array(2)];
  made.forEach((numbers, place) => {
    expect(once(numbers, () => place)).toBe(place);
  });
  made.forEach((numbers, place) => {
    expect(once(numbers.slice(), () => -1)).toBe(place);
  });
});

test("numbers whose hashes meet are told apart", () => {
  // Two words are hashed as ((start ^ a) * prime ^ b) * prime: the second of another pair can make up for its first.
  const [start, prime] = [0x811c9dc5 ^ 2, 0x01000193];
  const second = Math.imul(start ^ 1, prime) ^ Math.imul(start ^ 5, prime) ^ 3;
  const [one, other] = [Int32Array.of(1, 3), Int32Array.of(5, second)].map((words) => new Float32Array(words.buffer));
  const once = oncePerNumbers<string>();
  expect(once(one ?? new Float32Array(0), () => "one")).toBe("one");
  expect(once(other ?? new Float32Array(0), () => "other")).toBe("other");
});

test("a wasm plan has each constant once", () => {
  const { slots, places } = planFor({ threads: 1, winograd: true }, [[4, 4]], masked);
  expect(slots.filter(({ kind }, slot) => kind === "constant" && places.has(slot)).map(({ size }) => size)).toEqual([16, 16, 2, 2]);
});

test("a GPU.js plan has each constant once, in the shape of whoever asked", () => {
  const dialect = { exactDivision: true, bitwise: true, maximumInputs: 8, tile: "cells", unroll: 1 } as const;
  const trace = tracer(dialect, indexLimit);
  const [square, again, flat] = [trace.constant(identity(4)), trace.constant(identity(4)), trace.constant({ ...identity(4), shape: [16] })];
  expect(again.handle).toBe(square.handle);
  expect({ square: square.shape, flat: flat.shape, same: flat.handle === square.handle }).toEqual({
    square: [4, 4],
    flat: [16],
    same: true,
  });
  const sum = trace.pointwise("$0 + $1", [4, 4], [square, again]);
  expect(lower([sum.handle], dialect).flatMap(({ inputs }) => inputs)).toHaveLength(1);
});

describe("what is computed stays", () => {
  const x = generate([4, 4], (flat) => Math.sin(flat));
  const outcome = async <T>(engine: Engine<T>): Promise<readonly (readonly number[])[]> => {
    const program = await must(engine.compile([[4, 4]], masked));
    const results = await must(program.run([engine.upload(x)]));
    const numbers: (readonly number[])[] = [];
    for (const result of results) numbers.push(Array.from((await must(result.read)).data, Math.fround));
    program.close();
    return numbers;
  };
  test.each(["wasm", "webasm", "cpu"] as const)("%s gives the reference's numbers", async (name) => {
    const expected = await outcome({
      ...referenceEngine,
      upload: ({ shape, data }) => referenceEngine.upload({ shape, data: Float32Array.from(data) }),
    });
    if (name === "wasm") {
      const engine = await must(wasmEngine({ threads: 2 }));
      expect(await outcome(engine)).toEqual(expected);
      await must(engine.close);
    } else {
      const engine = await must(gpuEngine(name));
      expect(await outcome(engine)).toEqual(expected);
      await must(engine.close);
    }
  });
});
