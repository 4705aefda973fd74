/**
 * A class-folder tree opened as one data set: every image decoded, upright, resized to a square and packed; kept in a cache so
 * that the next run does not decode again.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type ImageTree, scanImageTree } from "../datasets/index.js";
import { type Fault, failed, listed } from "../faults/index.js";
import type { ResizeFilter } from "../pictures/index.js";
import { defaultMaxPixels } from "../pictures/index.js";
import { type Progress, performAll } from "../workers/index.js";
import { type Cache, type CacheEntry, cachePaths, readCache, writeCache } from "./cache.js";
import { type Stored, type StoreJob, type StoreSettings, storeImage } from "./store.js";

export interface Dataset {
  readonly root: string;
  readonly classes: readonly string[];
  /** Paths below the root, sorted by class, then by name. */
  readonly files: readonly string[];
  /** Class number of each file. */
  readonly labels: Int32Array;
  /** Side of the stored squares, in pixels. */
  readonly side: number;
  /** files * side * side * 3 bytes, RGB. */
  readonly pixels: Uint8Array;
  /** What was left out or needs attention, a line each. */
  readonly warnings: readonly string[];
  readonly cache: {
    /** The file that holds the pictures for the next run; undefined when none could be written. */
    readonly path: string | undefined;
    /** Images decoded now, and images taken from the cache. */
    readonly decoded: number;
    readonly reused: number;
  };
}

export interface DatasetSettings {
  readonly root: string;
  /** Side of the stored squares: somewhat more than the network's input, so that crops vary (`storedSide`). */
  readonly side: number;
  /** The recipe's is Lanczos. */
  readonly filter?: ResizeFilter | undefined;
  /** Folder of the cache; beside the data when left out, in the user's cache folder where that cannot be written. */
  readonly cacheFolder?: string | undefined;
  /** Go on without the images that cannot be used, named in the warnings, where the default is an error that names all. */
  readonly skipBad?: boolean | undefined;
  /** Most pixels of one image; 40 million when left out. */
  readonly maxPixels?: number | undefined;
  readonly workers?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Source {
  readonly path: string;
  readonly label: number;
  readonly size: number;
  readonly modified: number;
}

/** One image of the opened set: where its pixels are. */
interface Placed {
  readonly source: Source;
  readonly hash: string;
  readonly pixels: Uint8Array;
}

/** Beyond this a set does not fit into one array. */
const maxBytes = 2 ** 32 - 1;

const sourcesOf = (tree: ImageTree): readonly Source[] =>
  tree.classes.flatMap(({ files }, label) =>
    files.map((path) => {
      const status = statSync(join(tree.root, path), { throwIfNoEntry: false });
      return { path, label, size: status?.size ?? -1, modified: status?.mtimeMs ?? -1 };
    }),
  );

const pixelsAt = (cache: Cache, index: number): Uint8Array => {
  const bytes = cache.side ** 2 * 3;
  return cache.pixels.subarray(index * bytes, (index + 1) * bytes);
};

const isUnchanged = (source: Source, entry: CacheEntry | undefined): entry is CacheEntry =>
  entry !== undefined && entry.size === source.size && entry.modified === source.modified;

const packed = (placed: readonly Placed[], side: number): Uint8Array => {
  const bytes = side ** 2 * 3;
  const pixels = new Uint8Array(placed.length * bytes);
  placed.forEach((image, index) => {
    pixels.set(image.pixels, index * bytes);
  });
  return pixels;
};

/** Writes to the first place that takes it. Failing is no error: the pictures are in memory, only the next run is slower. */
const keep = (paths: readonly string[], cache: Cache): { readonly path: string | undefined; readonly warnings: readonly string[] } => {
  const failures: string[] = [];
  for (const path of paths) {
    const written = writeCache(path, cache);
    if (E.isRight(written)) return { path, warnings: failures.map((message) => `cache: ${message}; it is kept in ${path} instead`) };
    failures.push(written.left.message);
  }
  return { path: undefined, warnings: [`the decoded images are not cached, the next run decodes them again:${listed(failures)}`] };
};

const badImages = (root: string, messages: readonly string[], skipped: boolean): string =>
  skipped
    ? `left out ${messages.length} image(s) that cannot be used:${listed(messages)}`
    : `${root}: ${messages.length} image(s) cannot be used. Replace or remove them, or skip bad images to go on without:${listed(messages)}`;

const open = async (settings: DatasetSettings): Promise<E.Either<Fault, Dataset>> => {
  const { root, side, onProgress } = settings;
  if (!Number.isInteger(side) || side < 1) return E.left(failed(`the stored side is ${side} pixels: use a whole number, 1 or more`));
  const scanned = scanImageTree(root);
  if (E.isLeft(scanned)) return scanned;
  const tree = scanned.right;
  const sources = sourcesOf(tree);
  if (sources.length * side ** 2 * 3 > maxBytes)
    return E.left(
      failed(
        `${root}: ${sources.length} images at ${side} x ${side} pixels take ${Math.ceil((sources.length * side ** 2 * 3) / 2 ** 30)} GiB, more than 4: store them smaller`,
      ),
    );

  const store: StoreSettings = { side, filter: settings.filter ?? "lanczos", maxPixels: settings.maxPixels ?? defaultMaxPixels };
  const paths = cachePaths(root, store, settings.cacheFolder);
  const found = paths.map((path) => ({ path, cache: readCache(path) })).find(({ cache }) => cache !== undefined);
  const cache: Cache = found?.cache ?? { side, entries: [], pixels: new Uint8Array(0) };
  const byPath = new Map(cache.entries.map((entry, index) => [entry.path, { entry, index }]));

  const pending = sources.filter((source) => !isUnchanged(source, byPath.get(source.path)?.entry));
  const stored = await performAll<StoreJob, Stored>({
    worker: "store/storeWorker",
    jobs: pending.map(({ path }) => ({ path: join(root, path), settings: store, known: byPath.get(path)?.entry.hash })),
    perform: storeImage,
    lost: ({ path }, reason) => ({ kind: "bad", message: `${path}: decoding it failed (${reason}). Replace or remove the file.` }),
    workers: settings.workers,
    onProgress,
  });
  const fresh = new Map(pending.map((source, index) => [source, stored[index] as Stored]));
  const bad = stored.flatMap((result) => (result.kind === "bad" ? [result.message] : []));
  if (bad.length > 0 && settings.skipBad !== true) return E.left(failed(badImages(root, bad, false)));

  const placed = sources.flatMap((source): readonly Placed[] => {
    const result = fresh.get(source);
    const cached = byPath.get(source.path);
    if (result?.kind === "decoded") return [{ source, hash: result.hash, pixels: result.pixels }];
    return result?.kind === "bad" || cached === undefined
      ? []
      : [{ source, hash: cached.entry.hash, pixels: pixelsAt(cache, cached.index) }];
  });
  const emptied = tree.classes.filter((_, label) => !placed.some(({ source }) => source.label === label)).map(({ name }) => name);
  if (emptied.length > 0)
    return E.left(
      failed(`${root}: no usable image is left in these classes; repair or remove them:${listed(emptied)}\n${badImages(root, bad, true)}`),
    );

  const good = stored.length - bad.length;
  const unchanged = found !== undefined && good === 0 && placed.length === cache.entries.length;
  const next: Cache = unchanged
    ? cache
    : {
        side,
        entries: placed.map(({ source, hash }) => ({ path: source.path, size: source.size, modified: source.modified, hash })),
        pixels: packed(placed, side),
      };
  const kept = unchanged ? { path: found.path, warnings: [] } : keep(paths, next);
  const decoded = stored.filter(({ kind }) => kind === "decoded").length;
  return E.right({
    root,
    classes: tree.classes.map(({ name }) => name),
    files: placed.map(({ source }) => source.path),
    labels: Int32Array.from(placed, ({ source }) => source.label),
    side,
    pixels: next.pixels,
    warnings: [...tree.warnings, ...(bad.length > 0 ? [badImages(root, bad, true)] : []), ...kept.warnings],
    cache: { path: kept.path, decoded, reused: placed.length - decoded },
  });
};

/**
 * Opens the images below `settings.root`.
 * Errors, each before any work is lost: what `scanImageTree` refuses, one list of all images that cannot be used, a set beyond 4 GiB.
 */
export const openDataset =
  (settings: DatasetSettings): TE.TaskEither<Fault, Dataset> =>
  () =>
    open(settings);
