// Files of tensors, damaged in every part of their header, and checkpoints of another network.
import * as E from "fp-ts/lib/Either.js";
import { expect, test } from "vitest";
import { compactBackbone, initialise } from "../src/nn/index.js";
import { fitting } from "../src/runs/index.js";
import { zeros } from "../src/tensor/index.js";
import { decodeTensors } from "../src/weights/index.js";

/** A file with this header and so many bytes of numbers. */
const fileOf = (header: unknown, numbers: number): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + numbers);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
};

const f32 = (shape: readonly number[], from: number, to: number) => ({ dtype: "F32", shape, data_offsets: [from, to] });

const types = "F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL";

test("tensors in any order and of both precisions are read", () => {
  const read = decodeTensors(
    "x",
    fileOf({ b: { dtype: "F64", shape: [1], data_offsets: [8, 16] }, a: f32([2], 0, 8), none: f32([0, 3], 8, 8) }, 16),
  );
  expect(E.isRight(read) && Object.entries(read.right.tensors).map(([name, { shape }]) => [name, shape])).toEqual([
    ["b", [1]],
    ["a", [2]],
    ["none", [0, 3]],
  ]);
});

test("numbers of the types that published files have", () => {
  const one = (dtype: string, from: number, to: number) => ({ dtype, shape: [1], data_offsets: [from, to] });
  const file = fileOf({ half: one("F16", 0, 2), brain: one("BF16", 2, 4), count: one("I64", 4, 12), small: one("I8", 12, 13) }, 13);
  file.set([0x01, 0x3c, 0x81, 0xbf, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80], file.length - 13);
  const read = decodeTensors("x", file);
  expect(E.isRight(read) && Object.entries(read.right.tensors).map(([name, { data }]) => [name, ...data])).toEqual([
    ["half", 1 + 2 ** -10],
    ["brain", -(1 + 2 ** -7)],
    ["count", -2],
    ["small", -128],
  ]);
});

test.each([
  ["overlapping tensors", { a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12, '"b" overlaps the tensor before it'],
  ["a gap", { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, '4 bytes before "b" belong to no tensor'],
  ["numbers of no tensor", { a: f32([1], 0, 4) }, 8, "4 bytes after the last tensor belong to none"],
  ["too few bytes for the shape", { a: f32([2, 2], 0, 8) }, 8, '"a" of [2 x 2] needs 16 bytes and has 8'],
  ["offsets backwards", { a: f32([0], 4, 0) }, 4, '"a" of [0] needs 0 bytes and has -4'],
  ["offsets past the end", { a: f32([2], 0, 8) }, 4, '"a" reaches past the end'],
  ["an unknown type", { a: { ...f32([1], 0, 2), dtype: "C64" } }, 2, `"a" is not a tensor of ${types}`],
  ["a negative length", { a: f32([-1, -1], 0, 4) }, 4, `"a" is not a tensor of ${types}`],
  ["metadata that is no record", { __metadata__: null }, 0, "its metadata is not a record of texts"],
  ["metadata that is no text", { __metadata__: { epoch: 3 } }, 0, "its metadata is not a record of texts"],
  ["a list", [], 0, "its header is not an object"],
  ["no JSON", "{", 0, "its header is not JSON"],
] as const)("%s", (_, header, numbers, message) => {
  expect(decodeTensors("x.safetensors", fileOf(header, numbers))).toMatchObject({
    left: `x.safetensors: ${message}; the file is damaged or not a safetensors file: use another checkpoint`,
  });
});

test.each([
  ["a JPEG", [0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0]],
  ["a NumPy array", [0x93, ...Buffer.from("NUMPY"), 1, 0, 0]],
  ["a text file", Array.from(Buffer.from("some words"))],
] as const)("%s in place of weights is called what it is", (content, bytes) => {
  expect(decodeTensors("x", Uint8Array.from(bytes))).toMatchObject({
    left: `x: is ${content} by its content, and no safetensors file: use another file`,
  });
});

test("a checkpoint of another network: what is missing and of another shape, by name; more than needed is no fault", () => {
  const { parameters } = compactBackbone({ stages: 1 });
  const layout = Object.entries(parameters).map(([name, { shape }]) => ({ name, shape }));
  const tensors = initialise(parameters, 1);
  expect(E.isRight(fitting("x", layout, { ...tensors, first: zeros([1]) }))).toBe(true);
  const { "head.bias": _, ...fewer } = tensors;
  expect(fitting("x", layout, { ...fewer, "head.weight": zeros([3, 64]) })).toMatchObject({
    left: {
      message: expect.stringMatching(
        /^x: "head.weight" is \[3 x 64\], this network needs \[16 x 64\]; has no tensor "head.bias", which this network needs: use it with the settings/,
      ),
    },
  });
  expect(fitting("x", layout, {})).toMatchObject({ left: { message: expect.stringMatching(/and \d+ more, which this network needs/) } });
});
