/** The reader of MATLAB files: what SciPy wrote is read, what is not read is refused by its name, and what is hostile costs little. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { zlibSync } from "fflate";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type MatValue, matVariables } from "../src/datasets/matlab/index.js";

const shape = z.array(z.number());
const valueSchema: z.ZodType<MatValue> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("numbers"), shape, values: z.array(z.number()) }),
  z.object({ kind: z.literal("text"), shape, rows: z.array(z.string()) }),
  z.object({ kind: z.literal("cells"), shape, cells: z.array(z.lazy(() => valueSchema)) }),
  z.object({
    kind: z.literal("structs"),
    shape,
    fields: z.array(z.tuple([z.string(), z.array(z.lazy(() => valueSchema))])).transform((fields) => new Map(fields)),
  }),
]);

const { cases } = z
  .object({
    cases: z.array(
      z.object({
        name: z.string(),
        file: z.string().transform((text) => Uint8Array.from(Buffer.from(text, "base64"))),
        variables: z.array(z.tuple([z.string(), valueSchema])).transform((variables) => new Map(variables)),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "matlab.json"), "utf8")));

const fileOf = (name: string): Uint8Array => cases.find((one) => one.name === name)?.file ?? new Uint8Array(0);

const messageOf = (bytes: Uint8Array): string => {
  const read = matVariables(bytes, "x.mat");
  return E.isLeft(read) ? read.left.message : "no error";
};

const header = Uint8Array.from({ length: 128 }, (_, index) => ([1, 0, 0x49, 0x4d][index - 124] ?? 0x20) as number);

const le = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
/** An element with its zeros. */
const element = (type: number, bytes: readonly number[]): readonly number[] => [
  ...le(type),
  ...le(bytes.length),
  ...bytes,
  ...new Array<number>((8 - (bytes.length % 8)) % 8).fill(0),
];
const matrix = (flags: number, dimensions: readonly number[], content: readonly number[], name = "x"): readonly number[] =>
  element(14, [
    ...element(6, [...le(flags), ...le(0)]),
    ...element(5, dimensions.flatMap(le)),
    ...element(
      1,
      [...name].map((character) => character.charCodeAt(0)),
    ),
    ...content,
  ]);
const packed = (bytes: Uint8Array): readonly number[] => [...le(15), ...le(bytes.length), ...bytes];
const file = (...elements: readonly (readonly number[])[]): Uint8Array => Uint8Array.from([...header, ...elements.flat()]);

describe("MATLAB files", () => {
  it.each(cases)("as SciPy writes them are read: $name", ({ file: bytes, variables }) => {
    expect(matVariables(bytes, "x.mat")).toEqual(E.right(variables));
  });

  it("are read in the other byte order too", () => {
    const swapped = (bytes: readonly number[]): readonly number[] => bytes.toReversed();
    const be = (type: number, bytes: readonly number[]): readonly number[] => [
      ...swapped(le(type)),
      ...swapped(le(bytes.length)),
      ...bytes,
    ];
    // 2 x 1 of 16 bits, in a short element: type, bytes, and the numbers 258 and 3 in one tag.
    const small = [0, 4, 0, 3, 1, 2, 0, 3];
    const body = [
      ...be(6, [...swapped(le(10)), ...le(0)]),
      ...be(5, [...swapped(le(2)), ...swapped(le(1))]),
      ...[0, 1, 0, 1, 0x79, 0, 0, 0],
      ...small,
    ];
    const bytes = Uint8Array.from([...header.subarray(0, 124), 0, 1, 0x4d, 0x49, ...be(14, body)]);
    expect(matVariables(bytes, "x.mat")).toEqual(E.right(new Map([["y", { kind: "numbers", shape: [2, 1], values: [258, 3] }]])));
  });

  it("of other versions and classes are refused by name", () => {
    const text = (words: string): Uint8Array => Uint8Array.from({ length: 200 }, (_, index) => words.charCodeAt(index) || 0x20);
    expect(messageOf(text("MATLAB 7.3 MAT-file"))).toMatch(/^x\.mat: is a MATLAB file of version 7\.3 \(HDF5\).*-v7/);
    expect(messageOf(text("\u0089HDF\r\n"))).toMatch(/version 7\.3/);
    expect(messageOf(text("something else"))).toMatch(/is no MATLAB file of version 5 to 7/);
    expect(messageOf(new Uint8Array(0))).toMatch(/is no MATLAB file/);
    expect(messageOf(file(matrix(5, [1, 1], [])))).toMatch(/has a sparse matrix, which is not read \(at byte 128\)/);
    expect(messageOf(file(matrix(3, [1, 1], [])))).toMatch(/an object, which is not read/);
    expect(messageOf(file(matrix(16, [1, 1], [])))).toMatch(/a function, which is not read/);
    expect(messageOf(file(matrix(6 | 0x800, [1, 1], element(9, le(0).concat(le(0))))))).toMatch(/complex numbers, which is not read/);
    expect(messageOf(file(matrix(42, [1, 1], element(9, []))))).toMatch(/an array of unknown class 42/);
  });

  it("that claim more than they have are refused before anything is made of it", () => {
    const huge = 0x7fffffff;
    expect(messageOf(file(matrix(1, [huge, huge], [])))).toMatch(/values are claimed where there is room for fewer/);
    expect(messageOf(file(matrix(6, [huge, huge], element(9, []))))).toMatch(/with 0 values/);
    expect(messageOf(file(matrix(4, [1, 5], element(16, [0x61]))))).toMatch(/a matrix of 1 x 5 with 1 values/);
    expect(messageOf(file(matrix(6, [1, -1], element(9, []))))).toMatch(/a matrix of dimensions 1 x -1/);
    expect(messageOf(file(matrix(2, [1, 1], [...element(5, le(0)), ...element(1, [])])))).toMatch(/field names have no length/);
    expect(messageOf(file([...le(14), ...le(1000)]))).toMatch(/claims 1000 bytes, of which 0 are there/);
    expect(messageOf(file([...le(77), ...le(0)]))).toMatch(/unknown type 77/);
    expect(messageOf(file([1, 2, 3]))).toMatch(/ends in the middle of an element/);
    // A struct array without a field may have as many elements as it likes: there is nothing in them.
    expect(messageOf(file(matrix(2, [huge, huge], [...element(5, le(4)), ...element(1, [])])))).toBe("no error");
    const deep = (levels: number): readonly number[] =>
      levels === 0 ? matrix(6, [1, 1], element(9, new Array<number>(8).fill(0)), "") : matrix(1, [1, 1], deep(levels - 1), "");
    expect(messageOf(file(deep(15)))).toBe("no error");
    expect(messageOf(file(deep(40)))).toMatch(/values within values, more than 16 deep/);
  });

  it("whose compressed elements are bombs, cut or damaged are refused", () => {
    const bomb = zlibSync(new Uint8Array(1 << 26), { level: 9 });
    expect(bomb.length).toBeLessThan(1 << 17);
    // Who goes beyond the limit comes to the damage at its end.
    bomb.fill(0xff, bomb.length - 2000);
    expect(messageOf(file(packed(bomb)))).toMatch(/compressed elements of more than 16 MiB/);
    const whole = zlibSync(Uint8Array.from(matrix(6, [1, 1], element(9, new Array<number>(8).fill(0)))));
    expect(messageOf(file(packed(whole)))).toBe("no error");
    expect(messageOf(file(packed(whole.subarray(0, 12))))).toMatch(/a compressed element that is (cut off|damaged)/);
    expect(messageOf(file(packed(zlibSync(Uint8Array.from(packed(whole))))))).toMatch(/an element of compressed where a matrix is due/);
  });

  it("with bytes changed at random give values or a fault", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    const changed = (bytes: Uint8Array, at: readonly (readonly [number, number])[]): Uint8Array => {
      const copy = Uint8Array.from(bytes);
      for (const [place, value] of at) copy[place % copy.length] = value;
      return copy;
    };
    const begun = Date.now();
    fc.assert(
      fc.property(fc.constantFrom(...cases), changes, fc.boolean(), ({ file: bytes }, at, within) => {
        // What a change of compressed bytes would hardly reach: the content is changed and compressed again.
        const inner = (): Uint8Array => zlibSync(changed(fileOf("every kind, plain").subarray(128), at), { level: 1 });
        const read = matVariables(within ? file(packed(inner())) : changed(bytes, at), "x.mat");
        expect(E.isRight(read) || read.left.where).toBe(E.isRight(read) || "x.mat");
      }),
      { numRuns: 3000 },
    );
    expect(Date.now() - begun).toBeLessThan(60_000);
  });
});
