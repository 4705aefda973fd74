/**
 * Hostile files of weights: whatever is changed in one that PyTorch wrote, reading ends, in tensors no larger than the file or in words.
 * FC_RUNS=100000 asks for more of them than a test run has time for.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { expect, test } from "vitest";
import { decodeWeights } from "../src/weights/index.js";

const folder = join(import.meta.dirname, "..", "golden", "weights");
const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
const numRuns = Number(process.env.FC_RUNS ?? 3000);
/** Generous: reading one of these takes less than a millisecond. */
const longest = 2000;

const bounded = (bytes: Uint8Array): void => {
  const begun = performance.now();
  const read = decodeWeights("x", bytes);
  expect(performance.now() - begun).toBeLessThan(longest);
  if (E.isLeft(read)) expect(read.left).toMatch(/^x: ./);
  else {
    const numbers = Object.values(read.right.tensors).reduce((sum, { data }) => sum + data.length, 0);
    expect(numbers).toBeLessThanOrEqual(bytes.length);
  }
};

/** A change at a share of the file's length. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  what: fc.oneof(
    fc.record({ kind: fc.constant("set" as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
    fc.record({ kind: fc.constant("insert" as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }) }),
    fc.record({ kind: fc.constant("remove" as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }) }),
    // Bytes that mean something: lengths, marks, calls, the ends of names.
    fc.record({
      kind: fc.constant("set" as const),
      bytes: fc
        .array(fc.constantFrom(0, 0xff, 0x7f, 0x80, ...[..."(.RQcbutqhs}])e0X"].map((letter) => letter.charCodeAt(0)), 0x93, 0x85, 0x86), {
          minLength: 1,
          maxLength: 4,
        })
        .map((bytes) => Uint8Array.from(bytes)),
    }),
  ),
});

const changed = (
  file: Uint8Array,
  changes: readonly { readonly at: number; readonly what: { readonly kind: string; readonly bytes: Uint8Array } }[],
) =>
  changes.reduce<Uint8Array>((before, { at, what: { kind, bytes } }) => {
    const place = Math.floor(at * before.length);
    const after = place + (kind === "insert" ? 0 : bytes.length);
    return Uint8Array.from([...before.subarray(0, place), ...(kind === "remove" ? [] : bytes), ...before.subarray(after)]);
  }, file);

test("files with some bytes set, added or taken away", () =>
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 4 }), (file, changes) =>
      bounded(changed(file, changes)),
    ),
    { numRuns },
  ));

const opcodes = [
  0x80, 0x95, 0x28, 0x30, 0x31, 0x4e, 0x4b, 0x8a, 0x58, 0x55, 0x29, 0x5d, 0x7d, 0x85, 0x86, 0x87, 0x74, 0x6c, 0x61, 0x65, 0x73, 0x75,
];
const others = [0x71, 0x72, 0x94, 0x68, 0x6a, 0x63, 0x93, 0x51, 0x52, 0x62, 0x2e];
const magic = [
  0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e, 0x80, 2, 0x4d, 0xe9, 3, 0x2e, 0x7d, 0x2e,
];

test("pickles of opcodes at random, after the beginning of a legacy file", () =>
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...opcodes, ...others) }, { weight: 1, arbitrary: fc.nat(255) }), {
        maxLength: 200,
      }),
      (body) => bounded(Uint8Array.from([...magic, ...body, 0x2e, 0x5d, 0x2e])),
    ),
    { numRuns },
  ));
