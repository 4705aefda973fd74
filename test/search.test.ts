/** Indexes in PostgreSQL, embedded and over the wire: kept up to date, killed, damaged, of others. One database serves all of it; the last tests close it and use the commands. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contactPage } from "../src/cli/sheet.js";
import { makeDataset } from "../src/datasets/index.js";
import type { Fault } from "../src/faults/index.js";
import { takeLock, walkPictures } from "../src/files/index.js";
import { integer, normals, seeded } from "../src/random/index.js";
import { readThresholds } from "../src/runs/index.js";
import { askedIndex } from "../src/search/asking.js";
import type { Ask, Client } from "../src/search/client.js";
import type { About, Entry } from "../src/search/entry.js";
import { galleryOf, readGallery } from "../src/search/gallery.js";
import { aboutOf, type IndexingSettings, indexInto } from "../src/search/indexing.js";
import { type Keeper, keeperOn } from "../src/search/keeper.js";
import { type Network, networkAt } from "../src/search/network.js";
import { openIndex } from "../src/search/open.js";
import { clientOf } from "../src/search/pglite.js";
import { scanIndex } from "../src/search/scan.js";
import { contentHash } from "../src/store/index.js";
import { mdr, printedBy, tiny } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-search-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const right = <L, A>(either: E.Either<L, A>): A => (E.isRight(either) ? either.right : expect.fail(JSON.stringify(either.left)));
const left = <A>(either: E.Either<Fault, A>): Fault => (E.isLeft(either) ? either.left : expect.fail("it went well"));

let database: PGlite;
let client: Client;
let network: Network;
let settings: IndexingSettings;
const gallery = at("gallery.mdr");

beforeAll(async () => {
  right(await makeDataset({ seed: 3, classes: 5, imagesPerClass: 4, size: 20 }, at("data"))());
  mkdirSync(at("db"));
  const [made] = await Promise.all([
    PGlite.create(at("db", "database"), { extensions: { vector } }),
    printedBy("train", "--data", at("data"), ...tiny, "--batch", "4", "--out", at("run")),
  ]);
  database = made;
  client = clientOf(database);
  network = right(networkAt(at("run")));
  settings = { folder: at("photos"), maxPixels: 1e6, engine: "reference", gpuMode: "auto", batch: 4 };
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** An index with nothing in it yet, in the one database. */
const anew = async (): Promise<void> => {
  await database.exec("drop table if exists mdr_pictures; drop table if exists mdr_index");
  rmSync(gallery, { force: true });
  rmSync(at("photos"), { recursive: true, force: true });
  cpSync(at("data"), at("photos"), { recursive: true });
};

const opened = async (by: Client = client, own: About = aboutOf(network, settings), force = false, approximateFrom = 1e9) =>
  keeperOn("here", { client: by, gallery, release: async () => {} }, own, { force, approximateFrom })();
const indexed = async (watching = {}) => indexInto(right(await opened()), network, settings, watching)();
const all = async (): Promise<readonly unknown[]> =>
  client.ask("select file, label, digest, embedding::text as embedding from mdr_pictures order by file");
const count = async (): Promise<number> => (await all()).length;
const names = (files: readonly string[]): readonly string[] => files.toSorted();

describe("an index of a folder", () => {
  it("takes what is new and changed by content, forgets what is gone, and embeds nothing twice", async () => {
    await anew();
    const first = right(await indexed());
    expect([first.count, first.added.length, first.embedded]).toEqual([20, 20, 20]);
    expect(right(readGallery(gallery)).files).toHaveLength(20);
    const before = await all();

    expect(right(await indexed())).toMatchObject({ count: 20, added: [], changed: [], forgotten: [], unchanged: 20, embedded: 0 });
    const files = right(readGallery(gallery)).files;
    const [a = "", b = "", c = "", d = "", e = ""] = files;
    // Touched and the same; of another content; gone; under another name; and one that is no picture any more.
    utimesSync(at("photos", a), 1, 1);
    copyFileSync(at("photos", c), at("photos", b));
    rmSync(at("photos", d));
    mkdirSync(at("photos", "b'; drop table mdr_pictures; --\nü\u{1f600}"));
    const odd = "b'; drop table mdr_pictures; --\nü\u{1f600}/\" $1 \\.jpg";
    copyFileSync(at("photos", c), at("photos", odd));
    writeFileSync(at("photos", e), "no picture");
    const second = right(await indexed());
    expect({ ...second, leftOut: second.leftOut.map(({ path }) => path) }).toMatchObject({
      count: 19,
      added: [odd],
      changed: [b],
      unchanged: 17,
      embedded: 0,
      leftOut: [e],
    });
    expect(names(second.forgotten)).toEqual(names([d, e]));
    const after = right(readGallery(gallery));
    expect(after.files).toContain(odd);
    expect(after.labels[after.files.indexOf(odd)]).toBe("b'; drop table mdr_pictures; --\nü\u{1f600}");
    const index = scanIndex(after);
    const [own, copy, third] = await Promise.all([c, b, odd].map(async (file) => right(await index.entryOf(file)())));
    expect([copy?.embedding, third?.embedding, copy?.digest]).toEqual([own?.embedding, own?.embedding, own?.digest]);
    expect(own?.digest).toBe(contentHash(readFileSync(at("photos", c))));
    expect((await all()).length).toBe(before.length - 1);
    expect(right(await index.find(own?.embedding ?? new Float32Array(), { count: 3 })()).matches.map(({ distance }) => distance)).toEqual([
      0, 0, 0,
    ]);
  });

  it("is what it would have been, after fifty kills at any statement", async () => {
    /** Three classes of the five, for it is done over and over. */
    const fewer = async (): Promise<void> => {
      await anew();
      for (const file of right(walkPictures(at("photos"))).pictures.slice(12)) rmSync(at("photos", file));
    };
    await fewer();
    right(await indexed());
    const expected = await all();
    await fewer();
    /** Dies at a statement, the one that holds others together among them: what was begun is rolled back, as it is by the next start. */
    const dying = (statements: number): Client => {
      let leftOver = statements;
      const dies =
        (ask: Ask): Ask =>
        async (statement, values) => {
          if (leftOver-- <= 0) throw new Error("killed");
          return ask(statement, values);
        };
      return { ask: dies(client.ask), together: (work) => client.together((ask) => work(dies(ask))), close: client.close };
    };
    let [random, kills, rounds] = [seeded(5), 0, 0];
    while (kills < 50) {
      const [drawn, next] = integer(0, 24, random);
      random = next;
      const keeper = await opened(dying(drawn));
      const result = E.isLeft(keeper) ? keeper : await indexInto(keeper.right, network, settings)();
      if (E.isLeft(result)) {
        kills += 1;
        expect(result.left.message).toContain("killed");
        continue;
      }
      rounds += 1;
      expect(await all()).toEqual(expected);
      expect(right(readGallery(gallery)).files).toHaveLength(12);
      await fewer();
    }
    right(await indexed());
    expect(await all()).toEqual(expected);
    expect(rounds).toBeGreaterThan(0);
  });

  it("answers as it was while it is brought up to date, and stops when it is asked to", async () => {
    await anew();
    right(await indexed());
    const before = readFileSync(gallery);
    copyFileSync(at("photos", right(readGallery(gallery)).files[0] ?? ""), at("photos", "new.jpg"));
    const fault = left(await indexed({ stopped: () => true }));
    expect(fault).toMatchObject({ kind: "interrupted", remedy: "index again, which goes on there" });
    expect(readFileSync(gallery).equals(before)).toBe(true);
    expect(right(await indexed())).toMatchObject({ count: 21, added: ["new.jpg"] });
    expect(right(readGallery(gallery)).labels.filter((label) => label === undefined)).toHaveLength(1);
  });

  it("says which photo was written to while it was read, and reads it again the next time", async () => {
    await anew();
    const keeper = right(await opened());
    const [first = ""] = right(walkPictures(at("photos"))).pictures;
    const meddling: Keeper = {
      ...keeper,
      put: (rows) => {
        utimesSync(at("photos", first), 5, 5);
        return keeper.put(rows);
      },
    };
    // All in one batch: what is written to later is read as it is then.
    const result = right(await indexInto(meddling, network, { ...settings, batch: 100 })());
    expect(result.changing).toEqual([first]);
    expect(right(await indexed())).toMatchObject({ unchanged: 20, embedded: 0, changing: [] });
  });

  it("of another network, folder, part or version is refused by name, and stays; force begins anew", async () => {
    await anew();
    right(await indexed());
    const own = aboutOf(network, settings);
    const message = async (about: About): Promise<string> => left(await opened(client, about)).message;
    expect(await message({ ...own, weights: "others" })).toMatch(/here: holds vectors of this run before it was trained on/);
    expect(await message({ ...own, weights: "others", run: "other" })).toMatch(/holds another network's vectors, those of .*force/);
    expect(await message({ ...own, root: "/elsewhere" })).toMatch(/is an index of .*photos, and everything of it would be forgotten/);
    expect(await message({ ...own, part: { number: 2, of: 4 } })).toContain("holds the whole of its folder, not part 2 of 4");
    expect(await count()).toBe(20);
    right(await opened(client, { ...own, root: "/elsewhere" }, true));
    expect(await count()).toBe(20);
    right(await opened(client, { ...own, weights: "others", width: 7 }, true));
    expect(await count()).toBe(0);
    await client.ask(`update mdr_index set about = '{"version": 9}'`);
    expect(await message(own)).toMatch(/is an index of version 9.*use a newer one/);
  });

  it("whose database is gone takes its pictures over from the gallery", async () => {
    await anew();
    right(await indexed());
    const before = await all();
    await database.exec("drop table mdr_pictures; drop table mdr_index");
    expect(right(await indexed())).toMatchObject({ count: 20, unchanged: 20, embedded: 0 });
    expect(await all()).toEqual(before);
    // Damaged: it is written anew from the database.
    truncateSync(gallery, 100);
    expect(right(await indexed())).toMatchObject({ unchanged: 20, embedded: 0 });
    expect(right(readGallery(gallery)).files).toHaveLength(20);
  });
});

describe("a database's answers", () => {
  const width = 5;
  const about: About = { run: "r", checkpoint: "/run", weights: "w", width, root: "/photos", part: { number: 1, of: 1 } };
  const [noise] = normals(400 * width, seeded(2));
  /** Many copies, and many that float32 cannot tell from others. */
  const entries = Array.from({ length: 400 }, (_, row): Entry => {
    const of = row % 3 === 0 ? row % 11 : row;
    const embedding = Float32Array.from(
      { length: width },
      (__, column) => (noise[of * width + column] as number) + (row % 4 === 1 ? 1000 : 0),
    );
    return { file: `${row % 5}'/${row}".jpg`, label: row % 5 === 0 ? undefined : `${row % 5}'`, digest: `d${of}`, embedding };
  });
  const whole = scanIndex(galleryOf(about, 0, entries));
  const asks = [
    { count: 7 },
    { count: 30, offset: 5 },
    { count: 9, label: "2'" },
    { count: 400, under: 3 },
    { count: 3, label: "' or true --" },
  ];
  const aims = [0, 1, 33, 5].map((row) => (entries[row] as Entry).embedding);

  beforeAll(async () => {
    await database.exec("drop table if exists mdr_pictures; drop table if exists mdr_index");
    const keeper = right(
      await keeperOn("here", { client, gallery: undefined, release: async () => {} }, about, { approximateFrom: 100 })(),
    );
    right(await keeper.put(entries.map((entry) => ({ ...entry, stamp: "" })))());
    expect(right(await keeper.finish()())).toBe(400);
  });

  it("are those of the scan, whatever the planner would take, ties and copies too", async () => {
    await client.ask("drop index mdr_nearest");
    const index = right(await askedIndex("here", client, async () => {})());
    for (const aim of aims)
      for (const asked of asks)
        expect(right(await index.find(aim, asked)()), JSON.stringify(asked)).toEqual(right(await whole.find(aim, asked)()));
    expect(right(await index.labels()())).toEqual(right(await whole.labels()()));
    expect(right(await index.entryOf("1'/1\".jpg")())).toEqual(entries[1]);
    expect(right(await index.entryLike("d9")())).toEqual(right(await whole.entryLike("d9")()));
    expect(right(await index.entryOf("' or true --")())).toBeUndefined();
  });

  it("are approximate, and say so, where an approximate index was made", async () => {
    await client.ask("create index mdr_nearest on mdr_pictures using hnsw (embedding vector_l2_ops)");
    const index = right(await askedIndex("here", client, async () => {})());
    for (const aim of aims) {
      const [found, expected] = [right(await index.find(aim, { count: 10 })()), right(await whole.find(aim, { count: 10 })())];
      expect(found.exact).toBe(false);
      expect(found.matches.map(({ distance }) => distance)).toEqual(expected.matches.map(({ distance }) => distance));
      // More than such an index can keep is asked exactly, and the index is not taken for it.
      expect(right(await index.find(aim, { count: 1001 })())).toEqual(right(await whole.find(aim, { count: 1001 })()));
    }
  });

  it("come over the wire as they do from within, and a server that is not there is named without its password", async () => {
    const server = new PGLiteSocketServer({ db: database, port: 0, host: "127.0.0.1" });
    await server.start();
    const url = `postgres://postgres:secret@${server.getServerConn()}/postgres?sslmode=disable`;
    const index = right(await openIndex([url])());
    for (const asked of asks.filter(({ count: wanted }) => wanted !== 400)) {
      const found = right(await index.find(aims[1] as Float32Array, { ...asked, count: 1001 })());
      expect(found).toEqual(right(await whole.find(aims[1] as Float32Array, { ...asked, count: 1001 })()));
    }
    await index.close();
    await server.stop();
    expect(left(await openIndex([url])()).message).toMatch(
      /^postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres\?sslmode=disable: the server does not answer/,
    );
  });
});

describe("the commands", () => {
  const place = at("db");
  const searched = async (...args: readonly string[]) => JSON.parse(await printedBy("search", place, ...args, "--json")) as Found;
  interface Found {
    readonly limit?: { readonly distance: number; readonly rate?: number };
    readonly matches: readonly { readonly file: string; readonly label: string; readonly distance: number; readonly within?: boolean }[];
  }
  const filesOf = ({ matches }: Found): readonly string[] => matches.map(({ file }) => file);
  let photos: readonly string[] = [];
  /** What the first indexing said. */
  let atFirst = "";

  beforeAll(async () => {
    await anew();
    await database.close();
    photos = right(walkPictures(at("photos"))).pictures;
    atFirst = await printedBy("index", at("run"), at("photos"), "--db", place);
  });

  it("index a folder and find what is near, by one photo or several, away from others, of a class, under a distance", async () => {
    const [a = "", b = "", c = ""] = [photos[0], photos[5], photos[9]];
    expect(atFirst).toContain(`20 pictures in ${place}; 20 added`);
    expect(JSON.parse(await printedBy("index", at("run"), at("photos"), "--db", place, "--json"))).toMatchObject({
      count: 20,
      added: 0,
      unchanged: 20,
      embedded: 0,
    });
    const near = await searched(at("photos", a), "--count", "5");
    expect(near.matches).toHaveLength(5);
    expect(filesOf(near)).not.toContain(a);
    const distances = near.matches.map(({ distance }) => distance);
    expect(distances).toEqual(distances.toSorted((x, y) => x - y));
    expect((await searched(at("photos", a), "--under", String(distances[2]))).matches).toHaveLength(2);
    const [label = ""] = b.split("/");
    const own = await searched(at("photos", a), "--class", label);
    expect(new Set(own.matches.map((match) => match.label))).toEqual(new Set([label]));
    expect((await searched(at("photos", a), at("photos", b), "--not", at("photos", c))).matches[0]).not.toEqual(near.matches[0]);
    // One that is in no index goes through the network: to where the indexed one of the same pixels is.
    const stranger = at("stranger.jpg");
    writeFileSync(stranger, Buffer.concat([readFileSync(at("photos", a)), Buffer.from("more")]));
    const [found] = (await searched(stranger)).matches;
    expect(found?.file).toBe(a);
    expect(found?.distance).toBeLessThan(1e-5);
  });

  it("hold distances against the run's own threshold, or one that is asked for", async () => {
    const { thresholds = [] } = right(readThresholds(at("run"))).at(-1) ?? {};
    const usual = thresholds.find(({ rate }) => rate === 0.01)?.distance ?? Number.NaN;
    const photo = at("photos", photos[0] ?? "");
    const all = await searched(photo, "--count", "19");
    expect(all.limit).toMatchObject({ rate: 0.01, distance: usual });
    expect(all.matches.map(({ within }) => within)).toEqual(all.matches.map(({ distance }) => distance < usual));
    const loosest = thresholds.reduce((most, one) => (one.distance > most.distance ? one : most));
    const within = await searched(photo, "--count", "19", "--false-matches", String(loosest.rate));
    expect(filesOf(within)).toEqual(filesOf({ matches: all.matches.filter(({ distance }) => distance < loosest.distance) }));
    expect(await printedBy("search", place, photo)).toMatch(/within\n[\s\S]*threshold at 1 % false matches: nearer than/);
    expect(await mdr("search", place, photo, "--under", "1", "--false-matches", "0.01")).toMatchObject({ code: 2 });
  });

  it("write a page that holds its pictures, with names as text", async () => {
    await printedBy("search", place, at("photos", photos[0] ?? ""), "--count", "3", "--html", at("found.html"));
    const page = readFileSync(at("found.html"), "utf8");
    expect(page.match(/<img [^>]*src="data:image\/png;base64,/g)).toHaveLength(4);
    expect(page).not.toMatch(/<script|https?:/);
    const sheet = contactPage(at("photos"), {
      likes: [],
      unlikes: [],
      matches: [{ file: "<b>\"'&.jpg", label: "<i>", digest: "", distance: 1 }],
      remarks: ["<u>"],
    });
    expect(sheet).not.toMatch(/<b>"|<i>|<u>/);
  });

  it("name what stands in their way, and the index answers as before", async () => {
    const index = (...args: readonly string[]) => mdr("index", at("run"), at("photos"), "--db", place, ...args);
    const answered = async () => (await searched(at("photos", photos[3] ?? ""))).matches.map(({ file, distance }) => ({ file, distance }));
    const before = await answered();
    const same = async () => expect(await answered()).toEqual(before);
    const lock = right(takeLock(join(place, "index.lock")));
    expect(await index()).toMatchObject({
      code: 1,
      said: expect.stringMatching(/another process writes there: process \d+ on .*: wait until it has ended/),
    });
    await same();
    lock.release();
    expect(await index("--part", "3/2")).toMatchObject({ code: 2, said: expect.stringContaining("--part 3/2: use two whole numbers") });
    expect(await index("--part", "1/2")).toMatchObject({
      code: 2,
      said: expect.stringMatching(
        /holds the whole of its folder, not part 1 of 2: index into another --db, or begin anew in its place with --force/,
      ),
    });
    expect((await mdr("index", at("run"), at("nowhere"), "--db", at("none"))).said).toContain("nowhere: cannot be read");
    expect((await mdr("index", at("run"), at("photos"), "--db", at("photos"))).said).toMatch(
      /an index needs a folder of its own: choose another --db/,
    );
    expect((await mdr("search", at("none"), at("photos", photos[0] ?? ""))).said).toContain("there is no index: make one with `mdr index`");
    expect((await mdr("search", at("photos", photos[0] ?? ""), at("photos", photos[0] ?? ""))).said).toMatch(
      /is a (?:JPEG|PNG) by its content, and an index is a folder: give what `mdr index` was given as --db/,
    );
    expect((await mdr("index", at("photos"), at("run"), "--db", place)).code).toBe(0);
    const other = at("photos", photos[3] ?? "");
    const [label = ""] = (photos[3] ?? "").split("/");
    expect(await mdr("search", place, other, "--class", label.toUpperCase())).toMatchObject({
      code: 2,
      said: expect.stringContaining(`the index has no photo of this class: did you mean "${label}"?`),
    });
    expect((await mdr("search", place, other, "--under", "0")).printed).toMatch(/^nothing is found\n/);
    expect(await mdr("search", place, other, "--run", at("nowhere"))).toMatchObject({
      code: 1,
      said: expect.stringMatching(/the index's network cannot be had.*say by --run where its run is now/),
    });
    expect(await mdr("search", place, other, "--run", at("photos"))).toMatchObject({
      said: expect.stringContaining("is no run: there is no last.json in it"),
    });
    const half = await mdr("search", place, at("photos", photos[3] ?? ""), "--db", at("none"), "--json");
    expect([half.code, JSON.parse(half.printed).missing]).toEqual([1, [expect.stringContaining("there is no index")]]);
    expect(half.said).toContain("a part of the index gave no answer");
    // The run is trained on, and the index is of what it was.
    writeFileSync(at("stranger.png"), "no picture");
    await printedBy("train", "--resume", at("run"), "--epochs", "2");
    expect((await mdr("search", place, at("stranger.jpg"))).said).toContain("its weights are not those that the index was made with");
    const asked = at("photos", photos[3] ?? "");
    expect((await searched(asked)).limit).toBeUndefined();
    expect(await mdr("search", place, asked, "--false-matches", "0.01")).toMatchObject({
      code: 1,
      said: expect.stringContaining("its weights are not those that the index was made with"),
    });
    expect(await index()).toMatchObject({ code: 2, said: expect.stringContaining("holds vectors of this run before it was trained on") });
    await same();
    truncateSync(join(place, "database", "global", "pg_control"), 10);
    expect(await index()).toMatchObject({
      code: 1,
      said: expect.stringMatching(/the database there cannot be opened .*remove this folder and index again/),
    });
    await same();
  });
});
