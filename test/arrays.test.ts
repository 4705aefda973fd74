/** Matrices in files: as NumPy writes them, as this program does, and what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, it, test } from "vitest";
import { z } from "zod";
import { type Matrix, npy, npyHeader, readMatrix } from "../src/arrays/index.js";
import { readLabels } from "../src/datasets/index.js";
import { exporterFor, exportRows } from "../src/export/index.js";
import { csvLine, csvRows } from "../src/files/index.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-arrays-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};
const refusal = (either: E.Either<{ readonly message: string }, unknown>): string => {
  if (E.isRight(either)) throw new Error("was taken");
  return either.left.message;
};
const written = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const { cases } = z
  .object({
    cases: z.array(
      z.object({
        name: z.string(),
        file: z.base64(),
        rows: z.int(),
        columns: z.int(),
        values: z.array(z.number().nullable()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "arrays.json"), "utf8")));

describe("NumPy's format", () => {
  it.each(cases)("is read as NumPy wrote it: $name", ({ file, rows, columns, values }) => {
    const matrix = right(npy.decode("x.npy", Buffer.from(file, "base64")));
    expect([matrix.rows, matrix.columns]).toEqual([rows, columns]);
    expect(Array.from(matrix.data, (value) => (Number.isFinite(value) ? value : null))).toEqual(values);
  });

  it("is refused where it is cut, damaged or of something else, and never throws", () => {
    const whole = Buffer.from(cases[2]?.file ?? "", "base64");
    expect(refusal(npy.decode("x.npy", whole.subarray(0, whole.length - 1)))).toMatch(/^x\.npy: 5 rows of 3 numbers of 4 bytes/);
    expect(refusal(npy.decode("x.npy", new Uint8Array(0)))).toMatch(/no \.npy file/);
    const header = (said: string) => Buffer.from(whole.toString("latin1").replace(/\{.*\}/, said), "latin1");
    expect(refusal(npy.decode("x.npy", header("{'descr': '|O', 'fortran_order': False, 'shape': (5, 3)}")))).toMatch(
      /numbers are of type \|O/,
    );
    expect(refusal(npy.decode("x.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (15,)}")))).toMatch(/shape has 1 axes/);
    expect(refusal(npy.decode("x.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (999999999, 999999999)}")))).toMatch(
      /999999999 rows/,
    );
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (place, byte) => {
        const broken = Uint8Array.from(whole);
        broken[place] = byte;
        npy.decode("x.npy", broken);
      }),
    );
  });

  it("begins with a header of whole 64 bytes, as NumPy aligns it", () => {
    for (const [rows, columns] of [
      [1, 1],
      [123456, 2048],
      [99999999, 65536],
    ] as const) {
      const bytes = npyHeader(rows, columns);
      expect(bytes.length % 64).toBe(0);
      expect(bytes.at(-1)).toBe(10);
    }
  });
});

const rows = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 })).chain(([count, width]) =>
  fc.array(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: width, maxLength: width }), {
    minLength: count,
    maxLength: count,
  }),
);

test.each(["npy", "csv", "safetensors"])(
  "what is exported as .%s is read back, and its names where the format has them",
  async (ending) => {
    const path = join(folder, `back.${ending}`);
    const exporter = right(exporterFor(path));
    await fc.assert(
      fc.asyncProperty(rows, async (vectors) => {
        const named = vectors.map((embedding, row) => E.right({ file: `a,"${row}".jpg`, embedding }));
        right(await exportRows(exporter, path)(named)());
        const matrix: Matrix = right(readMatrix(path));
        expect([matrix.rows, matrix.columns]).toEqual([vectors.length, vectors[0]?.length]);
        expect(Array.from(matrix.data, (value) => value + 0)).toEqual(vectors.flat().map((value) => value + 0));
        if (ending !== "npy") expect(matrix.names).toEqual(vectors.map((_, row) => `a,"${row}".jpg`));
      }),
      { numRuns: 20 },
    );
  },
);

describe("comma-separated values", () => {
  it("are read back as they were written, whatever stands in them", () => {
    expect(right(csvRows('"a""b",c\n', "x"))).toEqual([{ line: 1, fields: ['a"b', "c"] }]);
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "ü") }), { minLength: 2, maxLength: 4 }), {
          maxLength: 5,
        }),
        (table) => {
          const parsed = right(csvRows(table.map(csvLine).join(""), "x"));
          expect(parsed.map(({ fields }) => fields)).toEqual(table);
        },
      ),
    );
  });

  it("say the line of what cannot be read", () => {
    expect(refusal(csvRows('a,b\n"c,d\n', "x.csv"))).toBe("x.csv, line 2: has a quote that is never closed");
    expect(right(csvRows('"a\nb",c\n\nd,e\r\n', "x.csv")).map(({ line, fields }) => [line, ...fields])).toEqual([
      [1, "a\nb", "c"],
      [4, "d", "e"],
    ]);
    expect(refusal(readMatrix(written("odd.csv", "1,2\n3\n")))).toMatch(/line 2: has 1 fields, where the lines before have 2/);
    expect(refusal(readMatrix(written("word.csv", "1,2\n3,x\n")))).toMatch(/line 2: "x" in column 2 is no number/);
    expect(refusal(readMatrix(written("none.csv", "file,e0\n")))).toMatch(/holds no vector/);
  });

  it("of numbers may have a header, names and classes among them", () => {
    const matrix = right(readMatrix(written("titled.csv", "Class,E0,File,E1\nx,1,a.jpg,2\ny,3,b.jpg,nan\n")));
    expect([matrix.columns, Array.from(matrix.data), matrix.names]).toEqual([2, [1, 2, 3, Number.NaN], ["a.jpg", "b.jpg"]]);
  });
});

describe("a file of vectors", () => {
  it("is known by its ending, and must be there", () => {
    expect(refusal(readMatrix(join(folder, "x.mat")))).toMatch(/ends in \.npy \(NumPy's format\), \.safetensors/);
    expect(refusal(readMatrix(join(folder, "gone.npy")))).toMatch(/gone\.npy: cannot be read/);
  });
});

describe("a table of labels", () => {
  it("has its columns in any order, and says which it lacks", () => {
    const table = written("labels.csv", "\uFEFFpart,label,path\r\ntrain,a,1.jpg\r\nquery,b,2.jpg\r\n");
    expect(right(readLabels(table))).toEqual([
      { file: "1.jpg", label: "a", part: "train" },
      { file: "2.jpg", label: "b", part: "query" },
    ]);
    expect(refusal(readLabels(written("bare.csv", "file,kind\n1,a\n")))).toMatch(/no column called class or label/);
    expect(refusal(readLabels(written("part.csv", "class,part\na,tests\n")))).toMatch(
      /line 2: "tests" is no part: use train, query, gallery, test/,
    );
    expect(refusal(readLabels(written("empty.csv", "file,class\na,b\nc,\n")))).toMatch(/line 3: its class is empty/);
    expect(refusal(readLabels(written("short.csv", "file,class\na\n")))).toMatch(/line 2: has 1 fields, where the first line has 2/);
  });
});
