/**
 * The store: the pictures of a data set decoded once, kept in shards on the disk and read by offset. Opening it reads headers and
 * no pixels; in memory are the index and a bounded share of the pictures, so that small sets are there whole and large ones fit.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, listed } from "../faults/index.js";
import { type Progress, performAll, performEach } from "../workers/index.js";
import { boundedMemory } from "./memory.js";
import { lostInThread, madeReady, type Ready, type Readying, type ReadyJob } from "./ready.js";
import { type Entry, pictureBytes, pixelSum, readShards, readSlots, removeShard, rewriteEntries, type Shard } from "./shard.js";
import { type ShardWriter, shardWriter } from "./writer.js";

export interface StoreSettings extends Readying {
  readonly root: string;
  /** The picture files, below the root. Their places in this list are their numbers. */
  readonly paths: readonly string[];
  /** Where shards are looked for and written, the preferred folder first; none for a store that lasts as long as the program. */
  readonly folders: readonly string[];
  /** Go on without the pictures that cannot be used, named in the warnings, where the default is a fault that names all. */
  readonly skipBad?: boolean | undefined;
  /** Bytes of pictures held in memory, at most; 128 MiB when left out. */
  readonly memoryBytes?: number | undefined;
  /** Bytes of a shard, at most; 64 MiB when left out. */
  readonly shardBytes?: number | undefined;
  /** Threads that decode; the number of cores when left out, 0 for none. */
  readonly workers?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Store {
  readonly count: number;
  /** Side of the stored squares, in pixels. */
  readonly side: number;
  /** The numbers of the pictures that can be used, in order. */
  readonly usable: readonly number[];
  /** RGB squares one behind the other, in the order asked for. A picture whose pixels are damaged or not stored is decoded anew. */
  readonly read: (pictures: readonly number[]) => TE.TaskEither<Fault, Uint8Array>;
  /** What was left out or needs attention, a line each. */
  readonly warnings: readonly string[];
  /** The folder of the shards; undefined when none is kept. */
  readonly folder: string | undefined;
  /** Pictures decoded by the opening, and those that were there. */
  readonly decoded: number;
  readonly reused: number;
}

const defaultMemoryBytes = 1 << 27;
const defaultShardBytes = 1 << 26;

type Stamp = Pick<Entry, "size" | "modified" | "changed">;

const stampOf = (path: string): Stamp => {
  const status = statSync(path, { throwIfNoEntry: false });
  return { size: status?.size ?? -1, modified: status?.mtimeMs ?? -1, changed: status?.ctimeMs ?? -1 };
};

const isSame = (a: Stamp, b: Stamp): boolean => a.size === b.size && a.modified === b.modified && a.changed === b.changed;

/** Where a picture's pixels are. */
interface Place {
  readonly shard: Shard;
  readonly slot: number;
}

/** What the store knows now. The one thing of it that changes: shards are written, and found damaged. */
interface Index {
  /** By picture; undefined where it is not in a shard. */
  readonly places: (Place | undefined)[];
  readonly numberOf: ReadonlyMap<string, number>;
}

const entryAt = ({ shard, slot }: Place): Entry | undefined => shard.entries[slot] ?? undefined;

/** Each picture is where the files' stamps agree, or else where its path is: its content may be the same. */
const locate = (index: Index, shard: Shard, stamps: readonly Stamp[]): void => {
  for (const [slot, entry] of shard.entries.entries()) {
    const number = entry === null ? undefined : index.numberOf.get(entry.path);
    const stamp = number === undefined ? undefined : stamps[number];
    if (entry === null || number === undefined || stamp === undefined) continue;
    if (index.places[number] === undefined || isSame(entry, stamp)) index.places[number] = { shard, slot };
  }
};

/** `next` takes the place of `shard`, which has the same pixels. */
const exchange = (index: Index, shard: Shard, next: Shard): void => {
  for (const entry of shard.entries) {
    const number = entry === null ? undefined : index.numberOf.get(entry.path);
    const place = number === undefined ? undefined : index.places[number];
    if (number !== undefined && place?.shard === shard) index.places[number] = { shard: next, slot: place.slot };
  }
};

/** Positions of the entries that some data set has a use for: this one, or another that keeps its pictures here. */
const liveSlots = (index: Index, root: string, shard: Shard): readonly number[] =>
  shard.entries.flatMap((entry, slot) => {
    if (entry === null) return [];
    const number = index.numberOf.get(entry.path);
    const place = number === undefined ? undefined : index.places[number];
    const live = number === undefined ? existsSync(join(root, entry.path)) : place?.shard === shard && place.slot === slot;
    return live ? [slot] : [];
  });

/**
 * Shards that are less than half full of live pictures are carried over into new ones, so that a data set that grows by a picture a
 * day does not end as a thousand files.
 */
const carryOver = async (
  index: Index,
  settings: StoreSettings,
  shards: readonly Shard[],
  writer: ShardWriter,
  written: ReadonlySet<string>,
): Promise<void> => {
  const half = (settings.shardBytes ?? defaultShardBytes) / 2;
  const carried: Shard[] = [];
  for (const shard of shards) {
    const live = liveSlots(index, settings.root, shard);
    if (live.length * pictureBytes(settings.side) >= half) continue;
    const squares = await readSlots(shard, live)();
    if (E.isLeft(squares)) continue;
    for (const [position, pixels] of squares.right.entries()) {
      const entry = shard.entries[live[position] ?? -1];
      if (entry && pixelSum(pixels) === entry.sum) writer.add(entry, pixels);
    }
    carried.push(shard);
  }
  writer.flush();
  if (writer.folder() === undefined) return;
  // A shard of the same entries has the same name: it may have been written over a damaged one.
  for (const { path } of carried) if (!written.has(path)) removeShard(path);
};

const badPictures = (root: string, messages: readonly string[], skipped: boolean): string =>
  skipped
    ? `left out ${messages.length} image(s) that cannot be used:${listed(messages)}`
    : `${root}: ${messages.length} image(s) cannot be used. Replace or remove them, or skip bad images to go on without:${listed(messages)}`;

const keptWarnings = (writer: ShardWriter): readonly string[] => {
  const failures = writer.failures();
  const into = writer.folder();
  if (failures.length === 0) return [];
  return into === undefined
    ? [`decoded pictures are not cached, the next run decodes them again:${listed(failures)}`]
    : failures.map((message) => `cache: ${message}; it is kept in ${into} instead`);
};

const open = async (settings: StoreSettings): Promise<E.Either<Fault, Store>> => {
  const { root, paths, folders, side, onProgress, workers } = settings;
  if (!Number.isInteger(side) || side < 1) return E.left(failed(`the stored side is ${side} pixels: use a whole number, 1 or more`));
  const readying: Readying = { side, filter: settings.filter, maxPixels: settings.maxPixels };
  const job = (number: number, known?: string): ReadyJob => ({ path: join(root, paths[number] ?? ""), readying, known });
  const memory = boundedMemory(settings.memoryBytes ?? defaultMemoryBytes);
  const stamps = paths.map((path) => stampOf(join(root, path)));
  const index: Index = { places: paths.map(() => undefined), numberOf: new Map(paths.map((path, number) => [path, number])) };
  const shards = folders.flatMap((folder) => readShards(folder, side));
  for (const shard of shards) locate(index, shard, stamps);

  const entryOf = (number: number): Entry | undefined => {
    const place = index.places[number];
    return place === undefined ? undefined : entryAt(place);
  };
  const isCurrent = (number: number): boolean => {
    const [entry, stamp] = [entryOf(number), stamps[number]];
    return entry !== undefined && stamp !== undefined && isSame(entry, stamp);
  };
  const written = new Set<string>();
  const writer = shardWriter(folders, side, settings.shardBytes ?? defaultShardBytes, (shard) => {
    written.add(shard.path);
    locate(index, shard, stamps);
  });
  const pending = paths.flatMap((_, number) => (isCurrent(number) ? [] : [number]));
  const bad = new Map<number, string>();
  const touched = new Map<Shard, number[]>();
  let decoded = 0;
  await performEach<ReadyJob, Ready>(
    {
      worker: "store/readyWorker",
      jobs: pending.map((number) => job(number, entryOf(number)?.hash)),
      perform: madeReady,
      lost: lostInThread,
      workers,
      onProgress,
    },
    (result, position) => {
      const number = pending[position] as number;
      const place = index.places[number];
      if (result.kind === "known" && place !== undefined) touched.set(place.shard, [...(touched.get(place.shard) ?? []), place.slot]);
      else index.places[number] = undefined;
      if (result.kind === "bad") bad.set(number, result.message);
      if (result.kind !== "decoded") return;
      decoded += 1;
      memory.put(number, result.pixels);
      const { hash, pixels } = result;
      writer.add({ path: paths[number] as string, ...(stamps[number] as Stamp), hash, sum: pixelSum(pixels) }, pixels);
    },
  );
  const current = shards.map((shard) => {
    const slots = new Set(touched.get(shard));
    if (slots.size === 0) return shard;
    const stamped = (entry: Entry): Entry => ({ ...entry, ...stamps[index.numberOf.get(entry.path) ?? -1] });
    const next = rewriteEntries(
      shard,
      shard.entries.map((entry, slot) => (entry !== null && slots.has(slot) ? stamped(entry) : entry)),
    );
    exchange(index, shard, next);
    return next;
  });
  if (decoded > 0) await carryOver(index, settings, current, writer, written);

  const messages = [...bad].sort(([a], [b]) => a - b).map(([, message]) => message);
  if (bad.size > 0 && settings.skipBad !== true) return E.left(failed(badPictures(root, messages, false)));
  const usable = paths.flatMap((_, number) => (bad.has(number) ? [] : [number]));
  return E.right({
    count: paths.length,
    side,
    usable,
    read: reader(index, side, memory, (number) => job(number), workers),
    warnings: [...(bad.size > 0 ? [badPictures(root, messages, true)] : []), ...keptWarnings(writer)],
    folder: writer.folder(),
    decoded,
    reused: usable.length - decoded,
  });
};

/** Opens the pictures, decoding those that no shard has. Errors: a stored side below 1, one list of all pictures that cannot be used. */
export const openStore =
  (settings: StoreSettings): TE.TaskEither<Fault, Store> =>
  () =>
    open(settings);

/** Groups what belongs together, in the order in which it first comes. */
const grouped = <K, A>(values: readonly A[], keyOf: (value: A) => K): ReadonlyMap<K, readonly A[]> => {
  const groups = new Map<K, A[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
};

/** A picture, and its position in its shard. */
interface Wanted {
  readonly number: number;
  readonly slot: number;
}

const reader = (
  index: Index,
  side: number,
  memory: ReturnType<typeof boundedMemory>,
  job: (number: number) => ReadyJob,
  workers: number | undefined,
): Store["read"] => {
  const bytes = pictureBytes(side);
  // A sum is taken once: what changes on the disk while a program runs is not looked for.
  const verified = new Uint8Array(index.places.length);

  /** The pixels are not what was written: the next run decodes the picture, and so does this one. */
  const drop = (shard: Shard, slots: ReadonlySet<number>): void => {
    const next = rewriteEntries(
      shard,
      shard.entries.map((entry, slot) => (slots.has(slot) ? null : entry)),
    );
    for (const [number, place] of index.places.entries())
      if (place?.shard === shard) index.places[number] = slots.has(place.slot) ? undefined : { shard: next, slot: place.slot };
  };

  /** Puts what is whole; gives back the numbers of the others. */
  const fromShard = async (shard: Shard, wanted: readonly Wanted[], put: (number: number, pixels: Uint8Array) => void) => {
    const sorted = wanted.toSorted((a, b) => a.slot - b.slot);
    const squares = await readSlots(
      shard,
      sorted.map(({ slot }) => slot),
    )();
    const damaged = sorted.filter(({ number, slot }, position) => {
      const pixels = E.isRight(squares) ? squares.right[position] : undefined;
      if (pixels === undefined || (verified[number] === 0 && pixelSum(pixels) !== shard.entries[slot]?.sum)) return true;
      verified[number] = 1;
      put(number, pixels);
      return false;
    });
    if (damaged.length > 0) drop(shard, new Set(damaged.map(({ slot }) => slot)));
    return damaged.map(({ number }) => number);
  };

  return (pictures) => async () => {
    const packed = new Uint8Array(pictures.length * bytes);
    const positions = new Map<number, number[]>();
    for (const [position, number] of pictures.entries()) {
      const known = memory.get(number);
      if (known !== undefined) packed.set(known, position * bytes);
      else positions.set(number, [...(positions.get(number) ?? []), position]);
    }
    if (positions.size === 0) return E.right(packed);
    const put = (number: number, pixels: Uint8Array): void => {
      memory.put(number, pixels);
      for (const position of positions.get(number) ?? []) packed.set(pixels, position * bytes);
    };
    const missing = [...positions.keys()].map((number) => ({ number, place: index.places[number] }));
    const wanted = missing.flatMap(({ number, place }) => (place === undefined ? [] : [{ number, ...place }]));
    const damaged = await Promise.all([...grouped(wanted, ({ shard }) => shard)].map(([shard, own]) => fromShard(shard, own, put)));
    const anew = [...missing.flatMap(({ number, place }) => (place === undefined ? [number] : [])), ...damaged.flat()];
    const results = await performAll<ReadyJob, Ready>({
      worker: "store/readyWorker",
      jobs: anew.map(job),
      perform: madeReady,
      lost: lostInThread,
      workers,
    });
    for (const [position, result] of results.entries()) {
      if (result.kind === "bad") return E.left(failed(result.message));
      if (result.kind === "decoded") put(anew[position] as number, result.pixels);
    }
    return E.right(packed);
  };
};
