/** What is near to what: exact rows, points aimed at, galleries in files, shards. No database. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, describe, expect, it } from "vitest";
import { nearestNeighbours } from "../src/evaluate/index.js";
import { failed } from "../src/faults/index.js";
import { aimOf } from "../src/search/aim.js";
import type { About, Entry, Index } from "../src/search/entry.js";
import { leastRows, squaredFrom } from "../src/search/exact.js";
import { galleryOf, readGallery, writeGallery } from "../src/search/gallery.js";
import { isInPart } from "../src/search/reading.js";
import { nearestIn, scanIndex } from "../src/search/scan.js";
import { openShards } from "../src/search/shards.js";
import { openSieve, sieveFrom } from "../src/search/sieve.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-nearest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const about: About = { run: "r", checkpoint: "/run", weights: "w", width: 2, root: "/photos", part: { number: 1, of: 1 } };
const right = <L, A>(either: E.Either<L, A>): A => (E.isRight(either) ? either.right : expect.fail(JSON.stringify(either.left)));
const told = <A>(task: TE.TaskEither<{ readonly message: string }, A>): Promise<string> =>
  task().then((result) => (E.isLeft(result) ? result.left.message : expect.fail("it went well")));
const entryOf = (file: string, values: readonly number[], label: string | undefined = undefined): Entry => ({
  file,
  label,
  digest: `of ${values.join(" ")}`,
  embedding: Float32Array.from(values),
});

/** Few values, so that many are as near as others and many are the same. */
const value = fc.constantFrom(0, -0, 1, -1, 0.5, 3e-20, 1e18, -2);
const rowsOf = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 30 }))
  .chain(([width, count]) =>
    fc.tuple(
      fc.array(value, { minLength: width, maxLength: width }),
      fc.array(value, { minLength: width * count, maxLength: width * count }),
    ),
  );

describe("the rows that are nearest", () => {
  it("are those of the evaluation's neighbours, in their order, ties and duplicates too", () => {
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 1, max: 40 }), ([aim, data], limit) => {
        const width = aim.length;
        const count = data.length / width;
        const expected =
          count === 0
            ? []
            : [
                ...(nearestNeighbours(
                  { shape: [1, width], data: Float64Array.from(aim) },
                  { shape: [count, width], data: Float64Array.from(data.map(Math.fround)) },
                  { count: limit, same: false },
                )[0] ?? []),
              ];
        const squared = squaredFrom(Float32Array.from(aim), Float32Array.from(data), count);
        // The aim is float32 too.
        fc.pre(aim.every((one) => Math.fround(one) === one));
        expect([...leastRows(squared, limit, () => true)]).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it("are the first of all rows in order, among those that count", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), fc.integer({ min: 0, max: 70 }), (values, limit) => {
        const counts = (row: number): boolean => row % 3 !== 1;
        const expected = values
          .map((own, row) => ({ own, row }))
          .filter(({ row }) => counts(row))
          .sort((a, b) => a.own - b.own || a.row - b.row)
          .slice(0, limit)
          .map(({ row }) => row);
        expect([...leastRows(Float64Array.from(values), limit, counts)]).toEqual(expected);
      }),
    );
  });
});

describe("the sieve of a large gallery", () => {
  /** Rows that are near each other, far, the same, huge and tiny. */
  const galleries = fc.tuple(fc.integer({ min: 1, max: 37 }), fc.integer({ min: 0, max: 150 })).chain(([width, count]) => {
    const row = fc.oneof(
      fc.array(value, { minLength: width, maxLength: width }),
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e3), max: Math.fround(1e3) }), {
        minLength: width,
        maxLength: width,
      }),
      fc.constantFrom(1e-23, 3.4e38, -3.4e38).map((one) => Array.from({ length: width }, () => one)),
    );
    return fc.tuple(row, fc.array(row, { minLength: count, maxLength: count }));
  });
  /** One row in many orders, from a point whose components are alike: as far as the others but for what rounding makes of each. */
  const turned = fc
    .tuple(
      fc.array(fc.float({ noNaN: true, min: Math.fround(0.1), max: 4 }), { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
    )
    .map(([base, count]): [number[], number[][]] => [
      base.map(() => Math.fround(-1.1)),
      Array.from({ length: count }, (_, by) => base.map((_own, at) => base[(at + by) % base.length] as number)),
    ]);

  it("gives the rows and the bits of measuring every row", () => {
    const [labels, limits] = [fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })];
    fc.assert(
      fc.property(fc.oneof(galleries, turned), limits, labels, ([aim, rows], limit, every) => {
        const [point, data] = [Float32Array.from(aim), Float32Array.from(rows.flat())];
        const counts = (row: number): boolean => row % every === 0;
        const squared = squaredFrom(point, data, rows.length);
        const wanted = leastRows(squared, limit, counts);
        const sieve = openSieve(data, point.length) ?? expect.fail("no binary: npm run build");
        const got = sieve.nearest(point, limit, counts);
        expect([...got.rows]).toEqual([...wanted]);
        expect([...got.squared]).toEqual(Array.from(wanted, (row) => squared[row]));
        expect([...sieve.rows]).toEqual([...data]);
      }),
      { numRuns: 150 },
    );
  });

  it("measures few rows again, and answers for an index that is large enough", async () => {
    const entries = Array.from({ length: sieveFrom + 3 }, (_, row) =>
      entryOf(`${String(row).padStart(5, "0")}.jpg`, [(row * 7919) % 5003, (row * 104_729) % 4999]),
    );
    const gallery = galleryOf(about, 1, entries);
    const [aim, asked] = [Float32Array.of(2500.25, 2499.5), { count: 9, offset: 2 }];
    const index = scanIndex(gallery);
    expect(right(await index.find(aim, asked)()).matches).toEqual(nearestIn(gallery, aim, asked));
    expect(right(await index.entryOf("00007.jpg")())).toEqual(entries[7]);
    let looked = 0;
    openSieve(gallery.embeddings, 2)?.nearest(aim, 9, () => {
      looked += 1;
      return true;
    });
    // Those that were among the nearest so far, and those that may be at the end.
    expect(looked).toBeLessThan(500);
  });
});

describe("the point that is aimed at", () => {
  it("is the mean of what is liked, and half of its way from the mean of the rest farther", () => {
    const at = (...values: readonly number[]) => Float32Array.from(values);
    expect([...aimOf([at(1, 2)])]).toEqual([1, 2]);
    expect([...aimOf([at(1, 2), at(3, 6)])]).toEqual([2, 4]);
    expect([...aimOf([at(1, 2), at(3, 6)], [at(0, 0), at(0, 2)])]).toEqual([3, 5.5]);
  });
});

describe("a gallery's file", () => {
  const path = join(folder, "gallery.mdr");
  const names = ["a/1.jpg", "b'\"; drop table x;--/2.jpg", "c\nd/\u00e9\u{1f600}.jpg", "z.jpg"];
  const entries = names.map((file, row) => entryOf(file, [row / 3, -row], row === 3 ? undefined : `label ${row}'"\n`));

  it("is read as it was written, in the order of files, whatever they are called", () => {
    right(writeGallery(path, galleryOf(about, 7, entries.toReversed())));
    const { files, labels, digests, embeddings, ...rest } = right(readGallery(path));
    expect(rest).toEqual({ about, generation: 7 });
    expect(files).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
    for (const [row, file] of files.entries()) {
      const own = entries.find((one) => one.file === file) ?? expect.fail(file);
      expect([labels[row], digests[row], ...embeddings.subarray(2 * row, 2 * row + 2)]).toEqual([own.label, own.digest, ...own.embedding]);
    }
    right(writeGallery(join(folder, "empty"), galleryOf(about, 0, [])));
    expect(right(readGallery(join(folder, "empty"))).files).toEqual([]);
  });

  it("is refused by name where any byte is another, where it is cut, and where a newer program wrote it", () => {
    right(writeGallery(path, galleryOf(about, 7, entries)));
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 5) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      expect(E.isLeft(readGallery(path)), `byte ${at}`).toBe(true);
    }
    for (const length of [0, 1, 100, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(readGallery(path)).toMatchObject({ left: { where: path, what: expect.stringContaining("damaged") } });
    }
    writeFileSync(path, Buffer.from(whole.toString("latin1").replace('"version":1', '"version":9'), "latin1"));
    expect(readGallery(path)).toMatchObject({ left: { what: expect.stringMatching(/of version 9.*use a newer one/) } });
  });

  it("stays what it was where the disk is full", () => {
    right(writeGallery(path, galleryOf(about, 7, entries)));
    const append = () => {
      throw Object.assign(new Error("no room"), { code: "ENOSPC", syscall: "write" });
    };
    expect(writeGallery(path, galleryOf(about, 8, []), { append })).toMatchObject({
      left: { what: expect.stringContaining("disk is full") },
    });
    expect(right(readGallery(path)).generation).toBe(7);
  });
});

describe("shards", () => {
  const entries = Array.from({ length: 40 }, (_, row) => entryOf(`${row % 7}/${row}.jpg`, [row % 5, (row % 3) - 1], `${row % 7}`));
  const parts = [1, 2, 3].map((number) => ({ number, of: 3 }));
  const whole = scanIndex(galleryOf(about, 0, entries));
  const shardOf = (number: number, own: Partial<About> = {}): Index =>
    scanIndex(
      galleryOf(
        { ...about, part: { number, of: 3 }, ...own },
        0,
        entries.filter(({ file }) => isInPart(file, { number, of: 3 })),
      ),
    );
  const opened: Readonly<Record<string, TE.TaskEither<ReturnType<typeof failed>, Index>>> = {
    one: TE.right(shardOf(1)),
    two: TE.right(shardOf(2)),
    three: TE.right(shardOf(3)),
    dead: TE.left(failed("is gone", { where: "dead" })),
    dies: TE.right({ ...shardOf(3), find: () => TE.left(failed("has died", { where: "dies" })) }),
    other: TE.right(shardOf(3, { weights: "others" })),
  };
  const openThem = openShards((place) => opened[place] ?? TE.left(failed("unknown", { where: place })));
  const aim = Float32Array.of(2, 0.25);

  it("have each picture in one of them, and answer as the whole does, page by page", async () => {
    for (const { file } of entries) expect(parts.filter((part) => isInPart(file, part))).toHaveLength(1);
    const index = right(await openThem(["one", "two", "three", "one"])());
    expect(index.about.count).toBe(40);
    for (const asked of [
      { count: 5 },
      { count: 7, offset: 3 },
      { count: 9, under: 1.5 },
      { count: 50, label: "3" },
      { count: 4, offset: 38 },
    ])
      expect(right(await index.find(aim, asked)()), JSON.stringify(asked)).toEqual(right(await whole.find(aim, asked)()));
    expect(right(await index.labels()())).toEqual(right(await whole.labels()()));
    expect(right(await index.entryOf("3/10.jpg")())).toEqual(entries[10]);
    expect(right(await index.entryLike(entries[9]?.digest ?? "")())?.embedding).toEqual(entries[9]?.embedding);
    expect(right(await index.entryOf("none")())).toBeUndefined();
  });

  it("that do not answer leave a part of the answer, which says so", async () => {
    const rest = entries.filter(({ file }) => !isInPart(file, { number: 3, of: 3 }));
    for (const [places, reason] of [
      [["one", "two", "dead"], "dead: is gone"],
      [["one", "two", "dies"], "dies: has died"],
      [["one", "two"], "of 3 parts these answer: 1, 2: give the places of all parts"],
    ] as const) {
      const index = right(await openThem(places)());
      const { matches, missing } = right(await index.find(aim, { count: 6 })());
      expect(missing.map(({ message }) => message)).toEqual([reason]);
      expect(matches).toEqual(right(await scanIndex(galleryOf(about, 0, rest)).find(aim, { count: 6 })()).matches);
    }
    expect(await told(openThem(["dead"]))).toBe("dead: is gone");
    expect(await told(openThem(["one", "other"]))).toContain("other: holds another network's vectors than one");
  });
});
