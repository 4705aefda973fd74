/** Exporters: each format's bytes, chosen by the ending; rows as they come, and nothing half left after a fault. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type, tableFromIPC } from "@uwdata/flechette";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, it } from "vitest";
import { endings, exporterFor, exporters, exportRows, type Row } from "../src/export/index.js";
import { failed } from "../src/faults/index.js";
import { openWriter } from "../src/files/index.js";
import { decodeTensors, encodeTensors } from "../src/weights/index.js";
import { unless } from "./missing.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const right = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left));
  return result.right;
};

const withoutPyarrow = spawnSync("python3", ["-c", "import pyarrow"]).status === 0 ? "" : "python3 has no pyarrow";

const rows: readonly Row[] = [
  { file: 'a "quoted", b.jpg', embedding: Float64Array.of(1, -0.5, 1e-7) },
  { file: "é.png", embedding: Float64Array.of(0.1, 2, 3) },
];

const exported = async (name: string, given: readonly Row[] = rows): Promise<Buffer> => {
  const path = join(folder, name);
  expect(await exportRows(right(exporterFor(path)), path)(given.map(E.right))()).toEqual(E.right(given.length));
  return readFileSync(path);
};

describe("formats", () => {
  it(".jsonl is an object a line", async () => {
    expect((await exported("e.jsonl")).toString()).toBe(
      '{"file":"a \\"quoted\\", b.jpg","embedding":[1,-0.5,1e-7]}\n{"file":"é.png","embedding":[0.1,2,3]}\n',
    );
  });

  it(".csv has a header, quotes every path, and doubles the quotes in it", async () => {
    expect((await exported("e.csv")).toString()).toBe('file,e0,e1,e2\n"a ""quoted"", b.jpg",1,-0.5,1e-7\n"é.png",0.1,2,3\n');
  });

  it(".safetensors is one tensor and the paths, the same bytes as of a tensor written at once", async () => {
    const bytes = await exported("e.safetensors");
    const embeddings = { shape: [2, 3], data: Float64Array.of(1, -0.5, 1e-7, 0.1, 2, 3) };
    const files = JSON.stringify(rows.map(({ file }) => file));
    expect(bytes.equals(encodeTensors({ tensors: { embeddings }, metadata: { files } }, "F32"))).toBe(true);
    expect(right(decodeTensors("e", bytes)).metadata.files).toBe(files);
  });

  it(".parquet is a column of paths and one of lists, as another program reads them", async () => {
    const bytes = new Uint8Array(await exported("e.parquet"));
    const read = await parquetReadObjects({ file: bytes.buffer });
    expect(read).toEqual(rows.map(({ file, embedding }) => ({ file, embedding: Array.from(Float32Array.from(embedding)) })));
    expect(await parquetReadObjects({ file: new Uint8Array(await exported("none.parquet", [])).buffer })).toEqual([]);
  });

  it(".parquet is written in groups of rows, so that a million pictures are never held at once", async () => {
    const wide = Array.from({ length: 10 }, (_, index) => ({ file: `${index}.jpg`, embedding: new Float32Array(1 << 16).fill(index) }));
    const path = join(folder, "wide.parquet");
    const writer = right(right(exporterFor(path)).open(path));
    const sizes = wide.map((row) => {
      right(writer.write(row));
      return readdirSync(folder).flatMap((name) => (name.startsWith("wide") ? [statSync(join(folder, name)).size] : []))[0] ?? 0;
    });
    right(writer.finish());
    expect(new Set(sizes).size).toBe(3);
    const file = new Uint8Array(readFileSync(path)).buffer;
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([4, 4, 2]);
    const [last] = await parquetReadObjects({ file, rowStart: 9, rowEnd: 10 });
    expect([last?.file, last?.embedding[65535]]).toEqual(["9.jpg", 9]);
  });

  it(".arrow is an IPC file of a column of paths and one of lists of one length, in batches, as another program reads them", async () => {
    const bytes = new Uint8Array(await exported("e.arrow"));
    expect(new TextDecoder().decode(bytes.subarray(0, 6))).toBe("ARROW1");
    expect(new TextDecoder().decode(bytes.subarray(-6))).toBe("ARROW1");
    const plain = (file: Uint8Array) =>
      tableFromIPC(file)
        .toArray()
        .map(({ file: name, embedding }) => ({ file: String(name), embedding: Array.from(embedding as Float32Array) }));
    expect(plain(bytes)).toEqual(rows.map(({ file, embedding }) => ({ file, embedding: Array.from(Float32Array.from(embedding)) })));
    expect(tableFromIPC(bytes).schema.fields.map(({ name, type }) => [name, type])).toMatchObject([
      ["file", { typeId: Type.Utf8 }],
      ["embedding", { typeId: Type.FixedSizeList, stride: 3 }],
    ]);
    expect(plain(new Uint8Array(await exported("none.arrow", [])))).toEqual([]);
    const wide = Array.from({ length: 10 }, (_, index) => ({ file: `${index}.jpg`, embedding: new Float32Array(1 << 16).fill(index) }));
    const read = tableFromIPC(new Uint8Array(await exported("wide.arrow", wide)));
    expect(read.getChild("embedding").data.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(Array.from(read.getChild("file"))).toEqual(wide.map(({ file }) => file));
    expect(read.getChild("embedding").at(9)).toEqual(wide[9]?.embedding);
  });

  it(".arrow is read by pyarrow", unless(withoutPyarrow), async () => {
    await exported("p.arrow");
    const program = "import pyarrow.ipc, sys, json; print(json.dumps(pyarrow.ipc.open_file(sys.argv[1]).read_all().to_pylist()))";
    const said = spawnSync("python3", ["-c", program, join(folder, "p.arrow")], { encoding: "utf8" });
    expect(JSON.parse(said.stdout)).toEqual(
      rows.map(({ file, embedding }) => ({ file, embedding: Array.from(Float32Array.from(embedding)) })),
    );
  });

  it(".tsv is the Embedding Projector's vectors, and beside them paths and folders that break no row", async () => {
    const given = [
      { file: "photos/cat/a\tb.jpg", embedding: [1, -0.5] },
      { file: "c.jpg", embedding: [0.25, 1e-7] },
    ];
    expect((await exported("e.tsv", given)).toString()).toBe("1\t-0.5\n0.25\t1e-7\n");
    expect(readFileSync(join(folder, "e.metadata.tsv"), "utf8")).toBe("file\tclass\nphotos/cat/a b.jpg\tcat\nc.jpg\t\n");
  });

  it("many rows come out as they went in, whatever is held back in between", async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ file: `${index}.jpg`, embedding: [index, index + 0.5] }));
    const lines = (await exported("many.jsonl", many)).toString().trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(many);
    const tensor = right(decodeTensors("many", await exported("many.safetensors", many))).tensors.embeddings;
    expect(Array.from(tensor?.data ?? [])).toEqual(many.flatMap(({ embedding }) => embedding));
  });
});

describe("the ending chooses", () => {
  it("in either case, and one that no exporter has is wrong use that lists them all", () => {
    expect(exporterFor("x/y.CSV")).toEqual(E.right(exporters[".csv"]));
    expect(endings).toBe(".arrow, .csv, .jsonl, .npy, .parquet, .safetensors or .tsv");
    for (const path of ["e.txt", "e", ".csv"])
      expect(exporterFor(path)).toMatchObject({ left: { kind: "usage", where: path, what: `its name must end in ${endings}` } });
  });
});

describe("a fault leaves the path as it was", () => {
  const left = (): readonly string[] => readdirSync(folder).filter((name) => name.includes("part"));

  for (const ending of Object.keys(exporters)) {
    it(`${ending}: when a picture cannot be embedded after others were`, async () => {
      const path = join(folder, `kept${ending}`);
      writeFileSync(path, "before");
      const some = function* () {
        yield E.right(rows[0] as Row);
        yield E.left(failed("no more"));
      };
      expect(await exportRows(right(exporterFor(path)), path)(some())()).toMatchObject({ left: { what: "no more" } });
      expect(readFileSync(path, "utf8")).toBe("before");
      expect(left()).toEqual([]);
    });

    it(`${ending}: when there is no such folder and none can be made`, async () => {
      writeFileSync(join(folder, "file"), "");
      const path = join(folder, "file", `e${ending}`);
      expect(await exportRows(right(exporterFor(path)), path)([])()).toMatchObject({ left: { where: path } });
    });
  }

  it("when the disk is full: at any of the appends, the head's too", () => {
    const path = join(folder, "full");
    for (const failing of [1, 2, 3]) {
      writeFileSync(path, "before");
      let appended = 0;
      const append = (): void => {
        appended += 1;
        if (appended === failing) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      };
      const writer = right(openWriter(path, { append }));
      const ended = pipe(
        writer.write(Buffer.from("a")),
        E.chain(() => writer.write(Buffer.from("b"))),
        E.chain(() => writer.finish(Buffer.from("head"))),
      );
      expect(ended).toMatchObject({ left: { where: path, message: expect.stringContaining("the disk is full") } });
      expect(readFileSync(path, "utf8")).toBe("before");
      expect(left()).toEqual([]);
    }
  });
});
