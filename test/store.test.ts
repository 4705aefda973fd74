/** The store on disk: shards across runs, damage, kills, bounds; and the batches that come out of it. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Description, encodeJpeg, type Part } from "../src/datasets/index.js";
import { imagenetStatistics } from "../src/nn/index.js";
import { batch, type GivenBatch, type Picture } from "../src/pictures/index.js";
import { integer, type Random, seeded, split } from "../src/random/index.js";
import {
  boundedMemory,
  openDescribed,
  openFiles,
  openStore,
  openUnseenDescribed,
  type Prefetch,
  type Preparer,
  type Store,
  type StoreSettings,
  shardFolders,
  trainingSource,
  usualPrefetch,
} from "../src/store/index.js";
import type { Progress } from "../src/workers/index.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mdr-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

const messageOf = <A>(either: E.Either<{ readonly message: string }, A>): string => (E.isLeft(either) ? either.left.message : "no error");

const root = (): string => join(folder, "set");
const cache = (): string => join(folder, "cache");

const put = (path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(join(root(), path)), { recursive: true });
  writeFileSync(join(root(), path), bytes);
};

const flat = (value: number): Picture => ({ width: 12, height: 10, pixels: new Uint8Array(360).fill(value) });
const jpegOf = (value: number): Uint8Array => encodeJpeg(flat(value), 90);

const side = 8;
const bytes = 3 * side * side;
const readying = { side, filter: "lanczos", maxPixels: 1_000_000 } as const;

/** `count` pictures, each of its own grey. */
const fill = (count: number): readonly string[] => {
  const paths = Array.from({ length: count }, (_, index) => `${index % 2 === 0 ? "a" : "b"}/${index}.jpg`);
  for (const [index, path] of paths.entries()) put(path, jpegOf((37 * index) % 256));
  return paths;
};

const open = (paths: readonly string[], more: Partial<StoreSettings> = {}): Promise<E.Either<{ readonly message: string }, Store>> =>
  openStore({ ...readying, root: root(), paths, folders: [cache()], ...more })();

const all = async (store: Store): Promise<Uint8Array> => right(await store.read(store.usable)());
const greys = async (store: Store): Promise<readonly number[]> => {
  const pixels = await all(store);
  return store.usable.map((_, position) => pixels[position * bytes] as number);
};

const shardFiles = (ending: string): readonly string[] =>
  readdirSync(cache())
    .filter((name) => name.endsWith(ending))
    .map((name) => join(cache(), name));

describe("a store across runs", () => {
  it("decodes once: the second run and a touched file decode nothing; a new content decodes itself only", async () => {
    const paths = fill(6);
    const first = right(await open(paths));
    expect([first.decoded, first.reused]).toEqual([6, 0]);
    for (const [index, grey] of (await greys(first)).entries()) expect(Math.abs(grey - 37 * index)).toBeLessThanOrEqual(2);
    const second = right(await open(paths));
    expect([second.decoded, second.reused]).toEqual([0, 6]);
    expect(await all(second)).toEqual(await all(first));
    utimesSync(join(root(), paths[1] ?? ""), 1e9, 1e9);
    expect(right(await open(paths)).decoded).toBe(0);
    put(paths[3] ?? "", jpegOf(222));
    const changed = right(await open(paths));
    expect(changed.decoded).toBe(1);
    expect((await greys(changed))[3]).toBeGreaterThan(215);
    rmSync(join(root(), paths[0] ?? ""));
    const fewer = right(await open(paths.slice(1)));
    expect(fewer.decoded).toBe(0);
    expect(await all(fewer)).toEqual((await all(changed)).subarray(bytes));
  });

  it("sees a new content of the same size under the old time", async () => {
    const [path = ""] = fill(1);
    const [before, after] = [jpegOf(10), jpegOf(200)];
    const length = Math.max(before.length, after.length);
    const padded = (content: Uint8Array): Uint8Array => Buffer.concat([content, Buffer.alloc(length - content.length)]);
    const write = (content: Uint8Array): void => {
      put(path, padded(content));
      utimesSync(join(root(), path), 1.6e9, 1.6e9);
    };
    write(before);
    right(await open([path]));
    write(after);
    expect(statSync(join(root(), path)).mtimeMs).toBe(1.6e12);
    const [grey = 0] = await greys(right(await open([path])));
    expect(grey).toBeGreaterThan(190);
  });

  it("keeps the pictures of another data set of the same folder, and carries small shards over into fuller ones", async () => {
    const paths = fill(12);
    for (let count = 2; count <= 12; count += 2) expect(right(await open(paths.slice(count - 2, count))).decoded).toBe(2);
    expect(right(await open(paths)).decoded).toBe(0);
    expect(shardFiles(".pixels")).toHaveLength(1);
    expect(right(await open(paths.slice(0, 4))).decoded).toBe(0);
    expect(right(await open(paths, { shardBytes: 5 * bytes })).decoded).toBe(0);
  });

  it("gives the same pixels from threads as without, whatever the shards, and reports progress to the end", async () => {
    const paths = fill(40);
    const seen: Progress[] = [];
    const threaded = right(
      await open(paths, {
        folders: [join(folder, "one")],
        workers: 2,
        shardBytes: 7 * bytes,
        onProgress: (progress) => seen.push(progress),
      }),
    );
    const alone = right(await open(paths, { folders: [], workers: 0 }));
    const again = right(await open(paths, { folders: [join(folder, "one")], memoryBytes: 3 * bytes }));
    expect(again.decoded).toBe(0);
    expect(readdirSync(join(folder, "one"))).toHaveLength(2 * Math.ceil(40 / 7));
    expect(await all(threaded)).toEqual(await all(alone));
    expect(await all(again)).toEqual(await all(alone));
    expect(seen.map(({ done }) => done)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    const whole = await all(alone);
    const some = [39, 0, 7, 7, 20];
    const expected = Buffer.concat(some.map((index) => whole.subarray(index * bytes, (index + 1) * bytes)));
    expect(Buffer.from(right(await again.read(some)())).equals(expected)).toBe(true);
    // Nothing read from a shard was taken for damaged, which would have given the right pixels too.
    expect(right(await open(paths, { folders: [join(folder, "one")] })).decoded).toBe(0);
  });
});

describe("a store that decodes while it is read", () => {
  const streaming = { streamFrom: 1, shardBytes: 7 * bytes, memoryBytes: 3 * bytes };

  it("gives the bits of complete decoding, whatever is asked for first, and leaves whole shards", async () => {
    const paths = fill(40);
    const whole = right(await open(paths, { folders: [], workers: 0 }));
    const expected = await all(whole);
    for (const workers of [0, 2]) {
      const streamed = right(await open(paths, { ...streaming, folders: [join(folder, `of ${workers}`)], workers }));
      expect([streamed.decoded, streamed.reused, streamed.rest.count]).toEqual([0, 0, 40]);
      expect(streamed.usable.map(streamed.hashOf)).toEqual(whole.usable.map(whole.hashOf));
      const asked = [39, 0, 7, 7, 20, 38];
      const of = (number: number): Uint8Array => expected.subarray(number * bytes, (number + 1) * bytes);
      expect(Buffer.from(right(await streamed.read(asked)())).equals(Buffer.concat(asked.map(of)))).toBe(true);
      expect(await all(streamed)).toEqual(expected);
      expect(right(await streamed.rest.done())).toEqual([]);
      expect(await all(streamed)).toEqual(expected);
      const again = right(await open(paths, { ...streaming, folders: [join(folder, `of ${workers}`)] }));
      expect([again.decoded, again.reused, again.rest.count]).toEqual([0, 40, 0]);
      expect(await all(again)).toEqual(expected);
    }
  });

  it("decodes what is asked for before all else, and what is at hand but in no shard yet not again", async () => {
    const paths = fill(40);
    const store = right(await open(paths, { ...streaming, shardBytes: 30 * bytes, workers: 0 }));
    const asked = [39, 11, 25, 31];
    const pixels = right(await store.read(asked)());
    for (const number of asked) put(paths[number] ?? "", "no picture");
    // Of these, memory holds three and no shard any.
    expect(readdirSync(folder)).not.toContain("cache");
    expect(right(await store.read(asked)())).toEqual(pixels);
    await store.rest.done();
    expect(right(await store.read(asked)())).toEqual(pixels);
  });

  it("keeps what it has decoded when it is closed before the end", async () => {
    const paths = fill(40);
    const store = right(await open(paths, { ...streaming, shardBytes: 30 * bytes, workers: 0 }));
    const asked = [39, 11, 25];
    const pixels = right(await store.read(asked)());
    const late = store.read([5])();
    await store.rest.stop();
    expect(messageOf(await late)).toMatch(/closed/);
    const next = right(await open(paths, { ...streaming, streamFrom: undefined }));
    expect(next.reused).toBeGreaterThanOrEqual(3);
    expect(next.decoded).toBeGreaterThan(0);
    expect(right(await next.read(asked)())).toEqual(pixels);
  });

  it.each([
    ["damaged behind its header", jpegOf(90).subarray(0, -40), /cut short/],
    ["another than it was when it was looked at", jpegOf(91), /another than a moment ago/],
  ])("gives out nothing more once a picture is %s", async (_, content, why) => {
    const paths = fill(40);
    if (why.source.startsWith("cut")) put(paths[20] ?? "", content);
    const store = right(await open(paths, { ...streaming, workers: 0 }));
    expect(store.leftOut).toEqual([]);
    if (!why.source.startsWith("cut")) put(paths[20] ?? "", content);
    expect(E.isRight(await store.read([3])())).toBe(true);
    const late = new Promise<undefined>((tell) => setTimeout(tell, 20_000));
    const failure = (await Promise.race([store.read([4, 20])(), late])) ?? expect.fail("no answer in 20 s");
    expect(E.isLeft(failure) && failure.left.kind).toBe("spoilt");
    expect(messageOf(failure)).toMatch(why);
    expect(messageOf(failure)).toContain(join(root(), paths[20] ?? ""));
    expect(messageOf(await store.read([3])())).toBe(messageOf(failure));
    expect(messageOf(await store.rest.done())).toBe(messageOf(failure));
    expect(right(await open(paths, { ...streaming, streamFrom: 50 })).leftOut).toHaveLength(why.source.startsWith("cut") ? 1 : 0);
  });

  it("waits for all where fewer are to be decoded, and where no shard is kept", async () => {
    const paths = fill(5);
    for (const more of [{ streamFrom: 6 }, { streamFrom: 1, folders: [] }]) {
      const store = right(await open(paths, more));
      expect([store.decoded, store.rest.count]).toEqual([5, 0]);
      rmSync(cache(), { recursive: true, force: true });
    }
  });
});

describe("a store that was damaged", () => {
  it("finds a changed byte when its picture is first read, decodes that picture, and the next run stores it again", async () => {
    const paths = fill(9);
    const expected = await all(right(await open(paths)));
    const [pixels = ""] = shardFiles(".pixels");
    const damaged = readFileSync(pixels);
    damaged[4 * bytes + 11] = (damaged[4 * bytes + 11] ?? 0) ^ 1;
    writeFileSync(pixels, damaged);
    const store = right(await open(paths));
    expect(store.decoded).toBe(0);
    expect(await all(store)).toEqual(expected);
    const next = right(await open(paths));
    expect(next.decoded).toBe(1);
    expect(await all(next)).toEqual(expected);
    expect(right(await open(paths)).decoded).toBe(0);
  });

  it("makes a cut shard, and one without a whole header, anew", async () => {
    const paths = fill(9);
    const expected = await all(right(await open(paths)));
    for (const [ending, content] of [
      [".pixels", (whole: Buffer) => whole.subarray(0, whole.length - 1)],
      [".json", (whole: Buffer) => whole.subarray(0, whole.length - 9)],
      [".json", () => Buffer.from('{"version":9}')],
    ] as const) {
      const [file = ""] = shardFiles(ending);
      writeFileSync(file, content(readFileSync(file)));
      const store = right(await open(paths));
      expect(store.decoded).toBe(9);
      expect(await all(store)).toEqual(expected);
      expect(shardFiles(".json")).toHaveLength(1);
    }
    expect(right(await open(paths)).decoded).toBe(0);
  });

  it("goes on when its files vanish while it is open", async () => {
    const paths = fill(5);
    const expected = await all(right(await open(paths)));
    const store = right(await open(paths));
    rmSync(cache(), { recursive: true });
    expect(await all(store)).toEqual(expected);
  });

  it("loses one shard at most when its program is killed while it decodes", async () => {
    const paths = fill(60);
    const expected = await all(right(await open(paths, { folders: [] })));
    const program = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, "..", "dist", "store", "index.js"))};
      const settings = { ...${JSON.stringify({ ...readying, root: root(), paths, folders: [cache()], shardBytes: 4 * bytes, workers: 0 })},
        onProgress: ({ done }) => { process.stdout.write(done + "\\n"); } };
      await openStore(settings)();`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      said += text.toString();
      if (said.includes("30")) child.kill("SIGKILL");
    });
    await new Promise((resolve) => child.once("exit", resolve));
    const done = Math.max(...said.trim().split("\n").map(Number));
    expect(done).toBeGreaterThanOrEqual(30);
    expect(done).toBeLessThan(60);
    const store = right(await open(paths, { shardBytes: 4 * bytes }));
    expect(store.decoded).toBeLessThanOrEqual(60 - done + 4);
    expect(await all(store)).toEqual(expected);
    expect(right(await open(paths, { shardBytes: 4 * bytes })).decoded).toBe(0);
  });
});

describe("a store that cannot have all it wants", () => {
  it("goes on without what cannot be used, and says of each what it is", async () => {
    const paths = [...fill(6), "a/cut.jpg", "b/text.png"];
    put("a/cut.jpg", jpegOf(50).subarray(0, 300));
    put("b/text.png", "hello");
    const first = right(await open(paths));
    expect([first.decoded, first.usable]).toEqual([6, [0, 1, 2, 3, 4, 5]]);
    const again = right(await open(paths));
    expect(again.decoded).toBe(0);
    expect(again.leftOut).toEqual([
      { path: "a/cut.jpg", why: expect.stringMatching(/^[^/]*cut short/) },
      { path: "b/text.png", why: expect.stringMatching(/^[^/]*a text file by its content/) },
    ]);
  });

  it("goes on with a warning where no shard can be written, and decodes again what memory does not hold", async () => {
    const paths = fill(6);
    put("../blocked", "a file where a folder should be");
    const uncached = right(await open(paths, { folders: [join(folder, "blocked")], memoryBytes: 2 * bytes }));
    expect(uncached.folder).toBeUndefined();
    expect(uncached.warnings.join()).toMatch(/not cached.*[\s\S]*blocked/);
    expect(await all(uncached)).toEqual(await all(right(await open(paths))));
  });

  it("uses the next folder where the first cannot be written", async () => {
    const paths = fill(6);
    put("../blocked", "a file where a folder should be");
    const folders = [join(folder, "blocked"), join(folder, "elsewhere")];
    const elsewhere = right(await open(paths, { folders }));
    expect(elsewhere.folder).toBe(join(folder, "elsewhere"));
    expect(elsewhere.warnings.join()).toMatch(/kept in .*elsewhere instead/);
    expect(right(await open(paths, { folders })).decoded).toBe(0);
  });

  it("looks beside the data and in the user's cache folder, or in the folder asked for alone; each way of storing by itself", () => {
    const [beside = "", user = ""] = shardFolders("/data/set", readying, undefined);
    expect(beside).toMatch(/set.\.mdr-cache.lanczos-8-/);
    expect(user).toContain("mdr");
    expect(shardFolders("/data/set", readying, "/mine")).toHaveLength(1);
    expect(shardFolders("/data/set", readying, "/mine")).not.toEqual(shardFolders("/data/set", { ...readying, side: 9 }, "/mine"));
    expect(shardFolders("/data/set", readying, "/mine")).not.toEqual(shardFolders("/data/other", readying, "/mine"));
  });
});

describe("pictures in memory", () => {
  it("make room in the order in which they were last asked for, and never pass their bound", () => {
    const memory = boundedMemory(10);
    const [first, second, third] = [new Uint8Array(6), new Uint8Array(4), new Uint8Array(4)];
    memory.put(1, first);
    memory.put(2, second);
    expect(memory.get(1)).toBe(first);
    memory.put(3, third);
    expect([1, 2, 3].map(memory.get)).toEqual([first, undefined, third]);
    memory.put(4, new Uint8Array(5));
    expect([1, 3].map(memory.get)).toEqual([undefined, third]);
    memory.put(5, new Uint8Array(11));
    expect(memory.get(5)).toBeUndefined();
    expect(memory.get(3)).toBe(third);
  });
});

describe("sources", () => {
  const settings = (): Parameters<typeof openDescribed>[1] => ({
    imageSize: 16,
    minArea: 0.3,
    batch: 6,
    perClass: 2,
    cache: cache(),
    statistics: imagenetStatistics,
  });

  /** Noisy pictures, so that every crop shows something else. */
  const describedAs = (parts: Readonly<Record<string, Part>>, each = 4): Description => {
    const items = Object.entries(parts).flatMap(([label, part]) =>
      Array.from({ length: each }, (_, index) => ({ path: `${label}/${index}.jpg`, label: label.slice(0, 1), part })),
    );
    for (const [number, { path }] of items.entries()) {
      const pixels = Uint8Array.from({ length: 20 * 20 * 3 }, (_, at) => Math.imul(at + 1, 2654435761 + 97 * number) >>> 24);
      put(path, encodeJpeg({ width: 20, height: 20, pixels }, 95));
    }
    return { name: "test", root: root(), items, warnings: [] };
  };

  const firstBatches = async (prefetch: Prefetch, first: number, count: number, streamed?: string) => {
    const sources = right(
      await openDescribed(
        describedAs({ a: "train", b: "train", c: "train", d: "train", e: "test" }),
        { ...settings(), cache: streamed ?? cache() },
        { prefetch, streamFrom: streamed === undefined ? undefined : 1 },
      )(),
    );
    expect(sources.rest.count > 0).toBe(streamed !== undefined);
    const batches = [];
    for await (const given of sources.train.batches(split(seeded(5), "steps"), first)) {
      batches.push(right(given));
      if (batches.length === count) break;
    }
    await sources.close();
    return batches;
  };

  it("give the batch that (random, step) says, whoever prepares it and how far ahead", async () => {
    const expected = await firstBatches({ threads: 0, ahead: 0 }, 1, 6);
    for (const prefetch of [usualPrefetch, { threads: 2, ahead: 4 }, { threads: 1, ahead: 0 }]) {
      expect(await firstBatches(prefetch, 1, 6)).toEqual(expected);
      expect(await firstBatches(prefetch, 4, 3)).toEqual(expected.slice(3));
    }
    for (const threads of [0, 2])
      expect(await firstBatches({ threads, ahead: 3 }, 1, 6, join(folder, `with ${threads}`))).toEqual(expected);
    const shown = expected.map(({ images }) => JSON.stringify(Array.from(images.data).slice(0, 48)));
    expect(new Set(shown).size).toBe(6);
    expect(new Set(expected.map(({ labels }) => labels.join())).size).toBeGreaterThan(1);
  });

  it("are good as long as they are held, and their memory is used again after that", async () => {
    const expected = (await firstBatches({ threads: 0, ahead: 0 }, 1, 8)).map(({ images }) => Array.from(images.data));
    const description = describedAs({ a: "train", b: "train", c: "train", d: "train", e: "test" });
    for (const [threads, held] of [
      [0, 1],
      [0, 3],
      [1, 1],
      [1, 3],
    ] as const) {
      const sources = right(await openDescribed(description, settings(), { prefetch: { threads, ahead: 2 } })());
      const given: GivenBatch[] = [];
      for await (const batch of sources.train.batches(split(seeded(5), "steps"), 1, held)) {
        given.push(right(batch));
        const good = given.slice(-held).map(({ images }) => Array.from(images.data));
        expect(good).toEqual(expected.slice(given.length - good.length, given.length));
        if (given.length === expected.length) break;
      }
      await sources.close();
      // Handed over to a thread it is empty here, but for what still waits for the thread; without one it is the same memory.
      const memories = new Set(given.map(({ images }) => (images.data as Float32Array).buffer).filter(({ byteLength }) => byteLength > 0));
      expect(memories.size).toBeLessThanOrEqual(held + 2 * threads);
    }
  });

  it("make the next pictures ready in memory that is left", async () => {
    const sources = right(await openDescribed(describedAs({ a: "train", b: "train", c: "train", d: "test" }), settings())());
    const expected = right(await sources.query.plain([0, 2])());
    const first = right(await sources.query.plain([1, 3])()).data as Float32Array;
    expect(right(await sources.query.plain([0, 2], first)())).toEqual(expected);
    expect(first.length).toBe(0);
    expect(right(await sources.query.plain([0, 2], new Float32Array(5))())).toEqual(expected);
    await sources.close();
  });

  it("give batches in the order of the steps, although later ones are ready first", async () => {
    const paths = fill(8);
    const store = right(await open(paths, { folders: [] }));
    const view = { size: 4, random: undefined, statistics: imagenetStatistics };
    let running = 0;
    const preparer: Preparer = {
      size: 3,
      start: () => undefined,
      ask: async ({ pixels }) => {
        running += 1;
        await new Promise((resolve) => setTimeout(resolve, running === 1 ? 60 : 1));
        return { shape: [1], data: Float32Array.of(pixels[0] ?? 0) };
      },
      close: async () => undefined,
    };
    // The picture of a step is the number that its stream gives.
    const drawn = (random: Random): number => integer(0, 8, random)[0];
    const source = trainingSource(
      store,
      { pictures: store.usable, labels: store.usable },
      { training: view, evaluation: view },
      (random) => [[drawn(random)], random],
      preparer,
      { threads: 3, ahead: 3 },
    );
    const labels: number[] = [];
    for await (const given of source.batches(seeded(9), 11)) {
      const batch = right(given);
      expect(Math.abs((batch.images.data[0] ?? 0) - ((37 * (batch.labels[0] ?? 0)) % 256))).toBeLessThanOrEqual(2);
      labels.push(...batch.labels);
      if (labels.length === 12) break;
    }
    expect(labels).toEqual(Array.from({ length: 12 }, (_, index) => drawn(split(split(seeded(9), 11 + index), "batch"))));
    expect(running).toBe(15);
  });

  it("draw pictures and views from streams of their own", async () => {
    const description = describedAs({ a: "train", b: "train", c: "train", d: "train", e: "test" });
    const sources = right(await openDescribed(description, settings())());
    const store = right(
      await openStore({
        side: 18,
        filter: "lanczos",
        maxPixels: 1e6,
        root: root(),
        paths: description.items.map(({ path }) => path),
        folders: [],
      })(),
    );
    const pixels = await all(store);
    const own = split(split(seeded(5), "steps"), 3);
    for await (const given of sources.train.batches(split(seeded(5), "steps"), 3)) {
      const { images, labels } = right(given);
      // Which pictures were drawn is read off the labels' and the pixels' agreement: every picture is tried in every place.
      const augmentation = {
        size: 16,
        random: { crop: { area: [0.3, 1], ratio: [3 / 4, 4 / 3] }, flip: true },
        statistics: imagenetStatistics,
      } as const;
      const views = split(own, "augmentation");
      const values = 16 * 16 * 3;
      const drawn = labels.map((label, position) => {
        const shown = Array.from(images.data).slice(position * values, (position + 1) * values);
        return store.usable.find((picture) => {
          const repeated = labels.map(() => picture);
          const { images: tried } = batch({ side: 18, pixels, labels: store.usable }, repeated, augmentation, views);
          const same = Array.from(tried.data).slice(position * values, (position + 1) * values);
          return same.every((value, at) => value === shown[at]) && Math.floor(picture / 4) === label;
        });
      });
      expect(drawn).not.toContain(undefined);
      expect(new Set(drawn).size).toBe(6);
      break;
    }
    await sources.close();
  });

  it("divide a data set as its description says: queries, and a gallery of their own", async () => {
    const sources = right(
      await openDescribed(describedAs({ a: "train", b: "train", c1: "query", d1: "query", c2: "gallery", d2: "gallery" }), {
        ...settings(),
        batch: 4,
      })(),
    );
    expect(sources.classes).toEqual(["a", "b", "c", "d"]);
    expect(sources.train.names).toEqual(["a", "b"]);
    expect([sources.query.count, sources.gallery?.count]).toEqual([8, 8]);
    expect(sources.query.labels).toEqual([2, 2, 2, 2, 3, 3, 3, 3]);
    expect(sources.gallery?.labels).toEqual(sources.query.labels);
    expect(sources.gallery?.files[5]).toBe("d2/1.jpg");
    const [query, found] = [right(await sources.query.plain([1])()), right(await (sources.gallery ?? sources.query).plain([1])())];
    expect(query.shape).toEqual([1, 16, 16, 3]);
    expect(query).not.toEqual(found);
    await sources.close();
  });

  it("that do not train are opened by themselves: labels alike, no batch to fill, nothing decoded that is not shown", async () => {
    const description = describedAs({ a: "train", b: "train", c: "test", d: "test" });
    const whole = right(await openDescribed(description, { ...settings(), batch: 4 })());
    for (const path of ["a/0.jpg", "a/1.jpg", "b/3.jpg"]) put(path, "no picture");
    const unseen = right(await openUnseenDescribed(description, settings())());
    expect([unseen.leftOut, unseen.warnings]).toEqual([[], []]);
    expect(unseen.query.labels).toEqual(whole.query.labels);
    expect(right(await unseen.query.plain([0, 5])())).toEqual(right(await whole.query.plain([0, 5])()));
    await Promise.all([whole.close(), unseen.close()]);
  });

  it("leave out what cannot be used, the class that has nothing else too, and say what a single class tests", async () => {
    const description = describedAs({ a: "train", b: "train", c: "train", d: "test", e: "test" });
    for (const index of [0, 1, 2, 3]) for (const label of ["b", "e"]) put(`${label}/${index}.jpg`, "no picture");
    put("a/0.jpg", "no picture");
    const sources = right(await openDescribed(description, { ...settings(), open: ["batch", "perClass"] })());
    expect(sources.train.names).toEqual(["a", "c"]);
    expect(sources.train.files).toEqual(["a/1.jpg", "a/2.jpg", "a/3.jpg", "c/0.jpg", "c/1.jpg", "c/2.jpg", "c/3.jpg"]);
    expect(sources.drawn).toEqual({ batch: 4, perClass: 2 });
    expect(sources.leftOut.map(({ path }) => path).sort()).toEqual(
      ["a/0.jpg", ...[0, 1, 2, 3].flatMap((index) => [`b/${index}.jpg`, `e/${index}.jpg`])].sort(),
    );
    expect(sources.warnings.join("\n")).toMatch(
      /^left out 9 that cannot be used:[\s\S]*left out 2 class\(es\).*:\n {2}b\n {2}e\n[\s\S]*a single class tests, d: /,
    );
    await sources.close();
    const strict = messageOf(await openDescribed(description, { ...settings(), strict: true })());
    expect(strict.split("\n")).toHaveLength(10);
    expect(strict).toMatch(/9 cannot be used.*strict/);
  });

  it("say which part of a data set has no pictures", async () => {
    expect(messageOf(await openDescribed(describedAs({ a: "train", b: "train" }), { ...settings(), batch: 4 })())).toMatch(
      /no pictures for "query"/,
    );
  });

  it("of files leave bad ones out by name, in the order given, and write nothing", async () => {
    const paths = fill(3).map((path) => join(root(), path));
    put("bad.jpg", "no picture");
    copyFileSync(paths[0] ?? "", join(root(), "last.jpg"));
    const files = [paths[2] ?? "", join(root(), "bad.jpg"), paths[0] ?? "", join(root(), "last.jpg")];
    const opened = right(await openFiles({ ...settings(), cache: "" }, files)());
    expect(opened.files).toEqual([files[0], files[2], files[3]]);
    expect(opened.warnings.join()).toMatch(/left out 1[\s\S]*bad\.jpg/);
    const { data, shape } = right(await opened.plain([0, 1, 2])());
    expect(shape).toEqual([3, 16, 16, 3]);
    expect(Array.from(data).slice(768, 1536)).toEqual(Array.from(data).slice(1536));
    expect(readdirSync(root()).sort()).toEqual(["a", "b", "bad.jpg", "last.jpg"]);
    await opened.close();
    expect(messageOf(await openFiles({ ...settings(), cache: "" }, [join(root(), "bad.jpg")])())).toMatch(/bad\.jpg/);
  });

  it("show evaluation the centre of the stored picture", async () => {
    const description = describedAs({ a: "train", b: "train", c: "test" });
    const sources = right(await openDescribed(description, { ...settings(), batch: 4, imageSize: 14 })());
    const { data } = right(await sources.query.plain([2])());
    const store = right(await openStore({ side: 16, filter: "lanczos", maxPixels: 1e6, root: root(), paths: ["c/2.jpg"], folders: [] })());
    const pixels = await all(store);
    const centre = Array.from({ length: 14 * 14 * 3 }, (_, at) => {
      const [channel, x, y] = [at % 3, Math.floor(at / 3) % 14, Math.floor(at / 42)] as const;
      const value = (pixels[3 * ((y + 1) * 16 + x + 1) + channel] ?? 0) / 255;
      return (value - (imagenetStatistics.mean[channel] ?? 0)) / (imagenetStatistics.deviation[channel] ?? 1);
    });
    for (const [at, value] of centre.entries()) expect(Math.abs((data[at] ?? 0) - value)).toBeLessThan(1e-5);
    await sources.close();
  });
});
