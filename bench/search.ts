/**
 * `npm run bench -- search [--size 1000000]`: 10,000 and 100,000 embeddings of 128 numbers, or as many as are asked for; how long a
 * search among them takes when every row is looked at, and by pgvector's HNSW in PGlite, which of the ten nearest that finds, and what
 * each takes to be ready.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { normals, seeded, split } from "#mdr/random/index.js";
import { type About, type Entry, type Index, openIndex, openKeeper } from "#mdr/search/index.js";
import { median } from "./measure.js";

const width = 128;
/** Neighbours asked for. */
const wanted = 10;
const searches = 20;

/** Points about centres, a hundred each, as embeddings of classes lie. */
const perCentre = 100;

const about: About = { run: "", checkpoint: "", weights: "bench", width, root: "", part: { number: 1, of: 1 } };

const points = (count: number): readonly Entry[] => {
  const [centres] = normals(Math.ceil(count / perCentre) * width, split(seeded(1), "centres"));
  return Array.from({ length: count }, (_, row) => {
    const [offsets] = normals(width, split(split(seeded(1), "offsets"), row));
    const embedding = Float32Array.from(offsets, (offset, column) => (centres[Math.floor(row / perCentre) * width + column] ?? 0) + offset);
    return { file: `${row}.jpg`, label: undefined, digest: String(row), embedding };
  });
};

const done = async <A>(task: TE.TaskEither<{ readonly message: string }, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const timed = async <A>(work: () => Promise<A>): Promise<readonly [result: A, milliseconds: number]> => {
  const start = performance.now();
  return [await work(), performance.now() - start];
};

/** What the searches find, and how long one takes. */
const searched = async (index: Index, aims: readonly Float32Array[]) => {
  const found = await aims.reduce<Promise<readonly (readonly [ReadonlySet<string>, number])[]>>(async (before, aim) => {
    const rest = await before;
    const [{ matches }, milliseconds] = await timed(() => done(index.find(aim, { count: wanted })));
    return [...rest, [new Set(matches.map(({ file }) => file)), milliseconds] as const];
  }, Promise.resolve([]));
  return { files: found.map(([files]) => files), milliseconds: median(found.map(([, milliseconds]) => milliseconds)) };
};

export interface SearchMeasured {
  readonly count: number;
  readonly exactMs: number;
  readonly hnswMs: number;
  /** Of the ten nearest, the share that HNSW finds. */
  readonly recall: number;
  readonly openExactMs: number;
  readonly openHnswMs: number;
  /** Rows into the database, and the approximate index over them. */
  readonly insertS: number;
  readonly buildS: number;
  /** Of the file that exact searches read, and of the database with the approximate index in it. */
  readonly galleryBytes: number;
  readonly databaseBytes: number;
}

const bytesBelow = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

export const searchMeasured = async (count: number): Promise<SearchMeasured> => {
  const place = mkdtempSync(join(tmpdir(), "mdr-bench-search-"));
  try {
    const entries = points(count);
    const aims = points(searches * 7)
      .filter((_, row) => row % 7 === 3)
      .map(({ embedding }) => embedding.map((value, column) => value + (column % 3) / 4));
    const keeper = await done(openKeeper(place, about, { approximateFrom: 1 }));
    const [, inserting] = await timed(async () => {
      for (let from = 0; from < count; from += 1000)
        await done(keeper.put(entries.slice(from, from + 1000).map((entry) => ({ ...entry, stamp: "" }))));
    });
    const [, building] = await timed(() => done(keeper.finish()));
    await keeper.close();
    const [exact, openExactMs] = await timed(() => done(openIndex([place], { approximateFrom: Number.POSITIVE_INFINITY })));
    const truth = await searched(exact, aims);
    const [near, openHnswMs] = await timed(() => done(openIndex([place], { approximateFrom: 1 })));
    const guess = await searched(near, aims);
    await near.close();
    const hits = truth.files.map((files, at) => [...files].filter((file) => guess.files[at]?.has(file) === true).length);
    return {
      count,
      exactMs: truth.milliseconds,
      hnswMs: guess.milliseconds,
      recall: hits.reduce((sum, hit) => sum + hit, 0) / (wanted * aims.length),
      openExactMs,
      openHnswMs,
      insertS: inserting / 1000,
      buildS: building / 1000,
      galleryBytes: statSync(join(place, "gallery.mdr")).size,
      databaseBytes: bytesBelow(join(place, "database")),
    };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
};

const line = ({ count, exactMs, hnswMs, recall, openExactMs, openHnswMs, insertS, buildS }: SearchMeasured): string =>
  `${count} x ${width}: exact ${exactMs.toFixed(1)} ms a search, open in ${(openExactMs / 1000).toFixed(1)} s; ` +
  `HNSW ${hnswMs.toFixed(1)} ms, ${(100 * recall).toFixed(1)} % of the nearest ${wanted}, open in ${(openHnswMs / 1000).toFixed(1)} s; ` +
  `rows kept in ${insertS.toFixed(0)} s, indexed in ${buildS.toFixed(0)} s`;

export const benchSearch = async (sizes: readonly number[], { asJson }: { readonly asJson: boolean }): Promise<void> => {
  const rows: SearchMeasured[] = [];
  for (const size of sizes) {
    const row = await searchMeasured(size);
    rows.push(row);
    process.stderr.write(`${line(row)}\n`);
  }
  process.stdout.write(asJson ? `${JSON.stringify({ width, rows }, null, 2)}\n` : `${rows.map(line).join("\n")}\n`);
};
