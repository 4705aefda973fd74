/**
 * The store: the pictures of a data set decoded once, kept in shards on the disk and read by offset. Opening it reads headers and
 * no pixels; in memory are the index and a bounded share of the pictures, so that small sets are there whole and large ones fit.
 * Where many are still to be decoded the opening need not wait for them: it reads and hashes their files, and decodes meanwhile.
 */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { LeftOut } from "../datasets/index.js";
import { type Fault, failed, listed } from "../faults/index.js";
import { type Progress, performEach, usualAllowance } from "../workers/index.js";
import { type Awaited, type FillingSettings, filling, noneComing, noRest, type Rest } from "./filling.js";
import { entryOf, exchange, type Index, isSame, liveSlots, locate, type Stamp, stampOf } from "./located.js";
import { boundedMemory } from "./memory.js";
import { type Coming, type Read, reader } from "./reading.js";
import { lostInThread, madeReady, type Ready, type Readying, type ReadyJob } from "./ready.js";
import { pictureBytes, pixelSum, readShards, readSlots, removeShard, rewriteEntries, type Shard } from "./shard.js";
import { type ShardWriter, shardWriter } from "./writer.js";

/** Which pictures are stored, where, and with how much memory. */
export interface StoreSettings extends Readying {
  readonly root: string;
  /** The picture files, below the root. Their places in this list are their numbers. */
  readonly paths: readonly string[];
  /** Where shards are looked for and written, the preferred folder first; none for a store that lasts as long as the program. */
  readonly folders: readonly string[];
  /** Bytes of pictures held in memory, at most; 128 MiB when left out. */
  readonly memoryBytes?: number | undefined;
  /** Bytes of a shard, at most; 64 MiB when left out. */
  readonly shardBytes?: number | undefined;
  /** Threads that decode; the number of cores when left out, 0 for none. */
  readonly workers?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** So many pictures to decode, or more, are not waited for; all are when left out, and where no shard is kept. */
  readonly streamFrom?: number | undefined;
}

/** Decoded pictures, by their numbers. */
export interface Store {
  readonly count: number;
  /** Side of the stored squares, in pixels. */
  readonly side: number;
  /** The numbers of the pictures that can be used, in order. */
  readonly usable: readonly number[];
  /** Those that cannot, in order, by their paths below the root. */
  readonly leftOut: readonly LeftOut[];
  readonly read: Read;
  /** Of the content of each file that can be used. */
  readonly hashOf: (picture: number) => string;
  /** What needs attention, a line each. */
  readonly warnings: readonly string[];
  /** The folder of the shards; undefined when none is kept. */
  readonly folder: string | undefined;
  /** Pictures decoded by the opening, and those that were there. */
  readonly decoded: number;
  readonly reused: number;
  /** Pictures that are decoded while others are read. */
  readonly rest: Rest;
}

const defaultMemoryBytes = 1 << 27;
const defaultShardBytes = 1 << 26;

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

const keptWarnings = (writer: ShardWriter): readonly string[] => {
  const failures = writer.failures();
  const into = writer.folder();
  if (failures.length === 0) return [];
  return into === undefined
    ? [`decoded pictures are not cached, the next run decodes them again:${listed(failures)}`]
    : failures.map((message) => `cache: ${message}; it is kept in ${into} instead`);
};

/** What was found of each picture that no shard was known to have. */
interface Found {
  /** Those that are still to be decoded, in order. */
  readonly awaited: readonly Awaited[];
  /** Why a picture cannot be used, by its number. */
  readonly bad: ReadonlyMap<number, string>;
  /** Pictures whose files changed and whose content did not. */
  readonly touched: readonly number[];
  readonly decoded: number;
}

const workOf = ({ workers, onProgress }: StoreSettings): FillingSettings["work"] => ({
  worker: "store/readyWorker",
  perform: (job) => madeReady(job),
  lost: lostInThread,
  allowance: usualAllowance(),
  workers,
  onProgress,
});

/** Reads the files of these pictures, and decodes what is new in them into memory and shards; with `look` they are left to be decoded. */
const decode = async (
  index: Index,
  settings: StoreSettings,
  pending: readonly number[],
  look: boolean,
  keep: (number: number, hash: string, pixels: Uint8Array) => void,
): Promise<Found> => {
  const bad = new Map<number, string>();
  const touched: number[] = [];
  const awaited: Awaited[] = [];
  let decoded = 0;
  await performEach<ReadyJob, Ready>(
    { ...workOf(settings), jobs: pending.map((number) => ({ ...jobOf(settings, number, entryOf(index, number)?.hash), look })) },
    (result, position) => {
      const number = pending[position] as number;
      if (result.kind === "known") {
        touched.push(number);
        return;
      }
      index.places[number] = undefined;
      if (result.kind === "bad") bad.set(number, result.why);
      else if (result.kind === "seen") awaited.push({ number, job: jobOf(settings, number), hash: result.hash });
      else {
        decoded += 1;
        keep(number, result.hash, result.pixels);
      }
    },
  );
  return { bad, touched, decoded, awaited: awaited.toSorted((a, b) => a.number - b.number) };
};

/** The shards with the stamps of files whose content is what it was. */
const restamped = (index: Index, shards: readonly Shard[], touched: readonly number[], stamps: readonly Stamp[]): readonly Shard[] => {
  const numbers = new Set(touched);
  const stampNow = (shard: Shard, slot: number, path: string): Stamp | undefined => {
    const number = index.numberOf.get(path);
    const place = number === undefined ? undefined : index.places[number];
    return number !== undefined && numbers.has(number) && place?.shard === shard && place.slot === slot ? stamps[number] : undefined;
  };
  return shards.map((shard) => {
    const fresh = shard.entries.map((entry, slot) => (entry === null ? undefined : stampNow(shard, slot, entry.path)));
    if (fresh.every((stamp) => stamp === undefined)) return shard;
    const next = rewriteEntries(
      shard,
      shard.entries.map((entry, slot) => entry && { ...entry, ...fresh[slot] }),
    );
    exchange(index, shard, next);
    return next;
  });
};

const jobOf = ({ root, paths, side, filter, maxPixels }: StoreSettings, number: number, known?: string): ReadyJob => ({
  path: join(root, paths[number] ?? ""),
  readying: { side, filter, maxPixels },
  known,
});

const open = async (settings: StoreSettings): Promise<E.Either<Fault, Store>> => {
  const { root, paths, folders, side } = settings;
  if (!Number.isInteger(side) || side < 1) return E.left(failed(`the stored side is ${side} pixels: use a whole number, 1 or more`));
  const memory = boundedMemory(settings.memoryBytes ?? defaultMemoryBytes);
  const stamps = paths.map((path) => stampOf(join(root, path)));
  const index: Index = { places: paths.map(() => undefined), numberOf: new Map(paths.map((path, number) => [path, number])) };
  const shards = folders.flatMap((folder) => readShards(folder, side));
  for (const shard of shards) locate(index, shard, stamps);
  const written = new Set<string>();
  const writer = shardWriter(folders, side, settings.shardBytes ?? defaultShardBytes, (shard) => {
    written.add(shard.path);
    locate(index, shard, stamps);
  });

  const pending = stamps.flatMap((stamp, number) => {
    const entry = entryOf(index, number);
    return entry !== undefined && isSame(entry, stamp) ? [] : [number];
  });
  // Where no shard is kept, nothing else knows the hashes of what was decoded.
  const hashes = new Map<number, string>();
  const keep = (number: number, hash: string, pixels: Uint8Array): void => {
    hashes.set(number, hash);
    memory.put(number, pixels);
    writer.add({ path: paths[number] as string, ...(stamps[number] as Stamp), hash, sum: pixelSum(pixels) }, pixels);
  };
  const streams = folders.length > 0 && pending.length >= (settings.streamFrom ?? Number.POSITIVE_INFINITY);
  const { bad, touched, decoded, awaited } = await decode(index, settings, pending, streams, keep);
  for (const { number, hash } of awaited) hashes.set(number, hash);
  const current = restamped(index, shards, touched, stamps);
  if (decoded > 0) await carryOver(index, settings, current, writer, written);
  const finish = (): readonly string[] => {
    writer.flush();
    return keptWarnings(writer);
  };
  const { coming, rest }: { readonly coming: Coming; readonly rest: Rest } =
    awaited.length === 0
      ? { coming: noneComing, rest: noRest }
      : filling({
          awaited,
          work: workOf({ ...settings, onProgress: undefined }),
          keep: ({ number, hash }, pixels) => keep(number, hash, pixels),
          held: (number) => (index.places[number] === undefined ? writer.held(paths[number] ?? "") : undefined),
          finish,
        });

  const usable = paths.flatMap((_, number) => (bad.has(number) ? [] : [number]));
  return E.right({
    count: paths.length,
    side,
    usable,
    hashOf: (number) => hashes.get(number) ?? entryOf(index, number)?.hash ?? "",
    leftOut: paths.flatMap((path, number) => {
      const why = bad.get(number);
      return why === undefined ? [] : [{ path, why }];
    }),
    read: reader(index, side, memory, (number) => jobOf(settings, number), settings.workers, coming),
    warnings: keptWarnings(writer),
    folder: writer.folder(),
    decoded,
    reused: usable.length - decoded - awaited.length,
    rest,
  });
};

/** Opens the pictures, decoding those that no shard has, at once or by and by; what cannot be used is left out. Errors: a stored side below 1. */
export const openStore =
  (settings: StoreSettings): TE.TaskEither<Fault, Store> =>
  () =>
    open(settings);
