// Files that PyTorch wrote, in both of its formats, and files that a reader of weights must not obey.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import { decodeWeights } from "../src/weights/index.js";
import { brainOf, halfOf } from "../src/weights/numberTypes.js";

const folder = join(import.meta.dirname, "..", "golden", "weights");
const bytesOf = (file: string): Uint8Array => readFileSync(join(folder, file));
const files = readdirSync(folder);

type Stored = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly (number | string)[] }>>;
const golden = JSON.parse(readFileSync(`${folder}.json`, "utf8")) as Readonly<Record<string, Stored>>;

const numbersOf = (data: readonly (number | string)[]): readonly number[] =>
  data.map((entry) => (entry === "inf" ? Number.POSITIVE_INFINITY : entry === "-inf" ? Number.NEGATIVE_INFINITY : Number(entry)));

test("there is every kind of file in both formats", () => {
  const kinds = Object.keys(golden).filter((kind) => kind !== "viewed");
  for (const kind of kinds)
    for (const format of ["zip", "legacy", "zip4", "legacy4"]) expect(files, kind).toContain(`${kind}-${format}.pth`);
  expect(kinds).toEqual(["state", "types", "views", "nested"]);
});

test.each(files.filter((file) => !file.startsWith("refused")))("%s: every tensor is as PyTorch reads it, to the bit", (file) => {
  const expected = golden[file.split("-")[0] ?? ""] ?? {};
  const read = decodeWeights(file, bytesOf(file));
  if (E.isLeft(read)) throw new Error(read.left);
  expect(Object.keys(read.right.tensors)).toEqual(Object.keys(expected));
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const found = read.right.tensors[name];
    expect(found?.shape, name).toEqual(shape);
    expect(Array.from(found?.data ?? []), name).toEqual(numbersOf(data));
  }
});

test.each([
  ["attack-zip", "GLOBAL at byte [0-9]+ of its pickle: it asks for __builtin__.exec, which is no part"],
  ["attack-legacy", "it asks for __builtin__.exec, which is no part of a file of weights and is not run"],
  ["module-zip", "it asks for torch.nn.modules.linear.Linear, which is no part"],
  ["module-legacy", "it asks for torch.nn.modules.linear.Linear, which is no part"],
  ["counter-zip", "it asks for collections.Counter, which is no part"],
  ["counter-legacy", "it asks for collections.Counter, which is no part"],
  ["repeated-zip", "a tensor of 1000 x 1000 is a view of 1 numbers, some of which it shows again"],
  ["repeated-legacy", "a tensor of 1000 x 1000 is a view of 1 numbers, some of which it shows again"],
  ["big-zip", "its numbers are big-endian, which is not read"],
  ["big-legacy", "its numbers are big-endian, which is not read"],
  ["script-zip", "it is a TorchScript program, which is not run"],
  ["pickle", "it is a pickle and no file that torch.save writes: what a pickle asks for is not run"],
])("refused-%s.pth: says what it is and what to give instead", (name, what) => {
  const read = decodeWeights("x.pth", bytesOf(`refused-${name}.pth`));
  expect(E.isLeft(read) && read.left).toMatch(new RegExp(`^x.pth: .*${what}`));
  expect(E.isLeft(read) && read.left).toMatch(/; give a file that torch.save\(model.state_dict\(\), FILE\) has written$/);
});

/** A pickle of these bytes after the protocol, where a legacy file begins. */
const pickle = (...parts: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from([
    0x80,
    2,
    ...parts.flatMap((part) => (typeof part === "number" ? [part] : [...part].map((letter) => letter.charCodeAt(0)))),
  ]);

/** The magic number and the version, then these bytes as the machine. */
const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e, 0x80, 2, 0x4d, 0xe9, 3, 0x2e];
const wrongWith = (...parts: readonly (string | number)[]): string => {
  const read = decodeWeights("x", Uint8Array.from([...magic, ...pickle(...parts)]));
  return E.isLeft(read) ? read.left.slice(3, read.left.indexOf("; give")) : "nothing";
};

describe("pickles by hand", () => {
  test.each([
    ["an opcode that makes objects", [")", 0x81, "."], "NEWOBJ at byte 24 of its pickle: it is not part of a file of weights"],
    ["an opcode that is none", ["\xff"], "opcode 255 at byte 23 of its pickle: it is not part of a file of weights"],
    ["no end", ["N"], "its pickle of 3 bytes has no end"],
    ["no value", ["."], "its pickle ends at byte 23 without a value"],
    [
      "a text that is longer than the file",
      ["X", 255, 255, 0, 0, "a."],
      "BINUNICODE at byte 23 of its pickle: its operand is cut off or too long",
    ],
    [
      "a whole number of 200 bytes",
      [0x8a, 200, ..."a".repeat(200), "."],
      "LONG1 at byte 23 of its pickle: its operand is cut off or too long",
    ],
    ["a mark that is not there", ["t."], "TUPLE at byte 23 of its pickle: there is no mark"],
    ["nothing to keep", ["q", 0, "."], "BINPUT at byte 23 of its pickle: it takes more than there is"],
    ["what was never kept", ["h", 7, "."], "BINGET at byte 23 of its pickle: nothing was kept as 7"],
    ["entries of a list", ["]NNs."], "SETITEM at byte 26 of its pickle: it sets entries of list"],
    ["a key without a value", ["}(Nu."], "SETITEMS at byte 26 of its pickle: a key has no value"],
    ["what is appended to a dictionary", ["}Na."], "APPEND at byte 25 of its pickle: it appends to dict"],
    ["attributes of a number", ["K", 1, "Nb."], "BUILD at byte 26 of its pickle: it gives attributes to number"],
    ["a call of a number", ["K", 1, ")R."], "REDUCE at byte 26 of its pickle: it calls number"],
    ["a name, where the machine is described", ["cos\nsystem\n."], "GLOBAL at byte 23 of its pickle: it asks for os.system"],
    ["a newer protocol", [0x80, 9, "N."], "PROTO at byte 23 of its pickle: protocol 9: 2 to 5 can be read"],
    ["a pointer to elsewhere", ["NQ."], "BINPERSID at byte 24 of its pickle: it points outside itself"],
  ])("%s", (_, parts, what) => {
    expect(wrongWith(...parts)).toBe(what);
  });

  test("a dictionary in itself and one in another many times over end in words", () => {
    const object = (...parts: readonly (string | number)[]) => wrongWith("}.", ...pickle(...parts));
    expect(object("}q", 0, "X", 1, 0, 0, 0, "ah", 0, "s.", ...pickle("]."))).toBe("its values are nested too deep, or there are too many");
    const wide = Array.from({ length: 16 }, (_, key) => ["K", key, "h", 0, "s"]).flat();
    const layers = Array.from({ length: 7 }, () => ["}", ...wide, "q", 0, "0h", 0]).flat();
    expect(object("}q", 0, ...layers, ".", ...pickle("]."))).toBe("its values are nested too deep, or there are too many");
  });

  test("no name of the language is a name of the list", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"])
      expect(wrongWith("}.", ...pickle(`c${name}\n${name}\n.`))).toMatch(`it asks for ${name}.${name}, which is no part`);
  });
});

/** A text as a pickle has it. */
const word = (text: string): readonly (string | number)[] => ["X", text.length, 0, 0, 0, text];

interface Described {
  /** Numbers that the pickle says the storage has, and that it has. */
  readonly said?: number;
  readonly held?: number;
  readonly offset?: number;
  readonly shape?: number;
  readonly stride?: number;
  /** More names of the same tensor. */
  readonly again?: number;
  readonly key?: string;
}

/** What is wrong with a legacy file of one tensor of 20 numbers, described so. */
const wrongTensor = ({ said = 20, held = 20, offset = 0, shape = 20, stride = 1, again = 0, key = "a" }: Described): string => {
  const storage = ["(", ...word("storage"), "ctorch\nFloatStorage\n", ...word("a"), ...word("cpu"), "K", said, "tQ"];
  const tensor = ["ctorch._utils\n_rebuild_tensor_v2\n(", ...storage, "K", offset, "K", shape, 0x85, "K", stride, 0x85, 0x89, ")tR"];
  const more = Array.from({ length: again }, (_, name) => ["K", name, "h", 0, "s"]).flat();
  const numbers = [held, 0, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 4 * held }, () => 0)];
  return wrongWith(
    "}.",
    ...pickle("}", ...word("w"), ...tensor, "q", 0, "s", ...more, "."),
    ...pickle("]", ...word(key), "a."),
    ...numbers,
  );
};

describe("tensors by hand", () => {
  test.each([
    ["as it should be", {}, "nothing"],
    ["a part of the storage", { offset: 1, shape: 7, stride: 3 }, "nothing"],
    ["a part that ends one number too late", { offset: 2, shape: 7, stride: 3 }, "a tensor reaches number 20 of a storage of 20"],
    ["more numbers than the storage", { shape: 21, stride: 0 }, "a tensor of 21 is a view of 20 numbers, some of which it shows again"],
    ["a storage shorter than it says", { held: 19 }, '"w": its storage has 76 bytes of 80'],
    ["a storage of another name", { key: "b" }, "no tensor is of its storage b"],
    ["as many names as its bytes allow", { again: 10 }, "nothing"],
    ["more numbers than the file has bytes", { again: 60 }, "its tensors claim 1220 numbers, more than a file of its size has"],
  ] as const)("%s", (_, described, what) => {
    expect(wrongTensor(described).replace(/^REDUCE at byte \d+ of its pickle: /, "")).toBe(what);
  });
});

test("a file cut anywhere is refused in words, or says the same as the whole", () => {
  for (const file of ["state-zip.pth", "state-legacy.pth"]) {
    const whole = bytesOf(file);
    for (let length = 0; length < whole.length; length += 7) {
      const read = decodeWeights("x", whole.subarray(0, length));
      expect(E.isLeft(read), `${file} cut at ${length}`).toBe(true);
    }
  }
});

test("half and brain floats: the least, the largest, what is no number", () => {
  expect([0, 0x8000, 1, 0x3ff, 0x400, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x3c01].map(halfOf)).toEqual([
    0,
    -0,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    1 + 2 ** -10,
  ]);
  expect([0x3f80, 0xbf81, 0x7f80, 0x0001].map(brainOf)).toEqual([1, -(1 + 2 ** -7), Number.POSITIVE_INFINITY, 2 ** -133]);
});
