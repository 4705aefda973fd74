// A kernel given shapes that do not fit says so, naming them; through an engine the same words arrive as an error value.
import { describe, expect, test } from "vitest";
import { type Geometry, referenceKernels as k, referenceEngine, type Window } from "../src/engines/index.js";
import { generate, type Tensor } from "../src/tensor/index.js";

const of = (...shape: readonly number[]): Tensor => generate(shape, (i) => i);
const plain: Geometry = { stride: [1, 1], padding: { top: 0, bottom: 0, left: 0, right: 0 } };
const window = (side: number): Window => ({ ...plain, size: [side, side] });

const mistakes: readonly (readonly [mistake: string, attempt: () => Tensor, says: string])[] = [
  ["channels differ", () => k.convolve(of(1, 4, 4, 2), of(3, 3, 1, 1), plain), "does not fit weights [KH, KW, Cin, Cout] [3 x 3 x 1 x 1]"],
  ["weights larger both ways", () => k.convolve(of(1, 2, 2, 1), of(4, 4, 1, 1), plain), "larger than the padded input [1 x 2 x 2 x 1]"],
  ["weights larger one way", () => k.convolve(of(1, 5, 2, 1), of(4, 4, 1, 1), plain), "larger than the padded input [1 x 5 x 2 x 1]"],
  ["gradient to input", () => k.convolveToInput(of(1, 1, 1, 1), of(2, 2, 1, 1), plain, [1, 5, 5, 1]), "the output [1 x 4 x 4 x 1]"],
  ["gradient to weights", () => k.convolveToWeights(of(1, 5, 5, 1), of(1, 1, 1, 1), plain, [2, 2, 1, 1]), "the output [1 x 4 x 4 x 1]"],
  ["pooling a matrix", () => k.averagePool(of(4, 4), window(2)), "averagePool: needs [N, H, W, C], got [4 x 4]"],
  ["window larger", () => k.maxPool(of(1, 2, 2, 1), window(4)), "a window of [4 x 4] is larger"],
  ["parts of other rows", () => k.concatenate([of(2, 3), of(3, 3)]), "concatenate: [2 x 3] and [3 x 3]: all axes but the last must agree"],
  ["no parts", () => k.concatenate([]), "concatenate: nothing: all axes but the last must agree"],
  ["an empty part", () => k.slice(of(2, 3), 1, 1), "slice: 1 to 1 is no part of the last axis of [2 x 3]"],
  ["a part that reaches beyond", () => k.slice(of(2, 3), 1, 4), "slice: 1 to 4 is no part of the last axis of [2 x 3]"],
  ["gradient of maximum", () => k.maxPoolToInput(of(1, 4, 4, 1), of(1, 1, 1, 1), window(2)), "the output [1 x 3 x 3 x 1]"],
  ["gradient of average", () => k.averagePoolToInput(of(1, 1, 1, 1), window(2), [1, 4, 4, 1]), "the output [1 x 3 x 3 x 1]"],
  ["axis that is not there", () => k.reduce("sum", of(2, 2), [-3]), "axis -3 does not exist in [2 x 2]"],
  ["reshape to another size", () => k.reshape(of(2, 3), [4]), "[2 x 3] does not fill [4]"],
  ["inner lengths", () => k.matmul(of(2, 3), of(2, 3)), "inner lengths 3 and 2 must agree"],
  ["rows of pick", () => k.pick(of(2, 3), of(3, 1)), "as many rows, got [2 x 3] and [3 x 1]"],
  ["columns of scatter", () => k.scatter(of(2, 3), of(2, 1), 4), "3 values a row and 1 indices"],
];

describe("shapes that do not fit are refused by name", () => {
  test.each(mistakes)("%s", (_, attempt, says) => {
    expect(attempt).toThrow(says);
  });
});

test("an engine hands a program's mistake back as an error value", async () => {
  const compiled = await referenceEngine.compile([[2, 3]], (kernels, [x = of()]) => [kernels.matmul(x, x)])();
  const outcome = "right" in compiled ? await compiled.right.run([referenceEngine.upload(of(2, 3))])() : compiled;
  expect(outcome).toMatchObject({ _tag: "Left", left: { _tag: "Fault", message: expect.stringContaining("must agree") } });
});

test("an engine refuses inputs of other shapes than it was compiled for", async () => {
  const compiled = await referenceEngine.compile([[2, 3]], (_, inputs) => inputs)();
  const outcome = "right" in compiled ? await compiled.right.run([referenceEngine.upload(of(3, 2))])() : compiled;
  expect(outcome).toMatchObject({ _tag: "Left", left: { message: "program input 0 must be [2 x 3], got [3 x 2]" } });
});
