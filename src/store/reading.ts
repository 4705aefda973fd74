/** Reads squares from memory, from shards, or from the files themselves where a shard has not got them or has them damaged. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed } from "../faults/index.js";
import { performAll, usualAllowance } from "../workers/index.js";
import type { Index } from "./located.js";
import type { Memory } from "./memory.js";
import { lostInThread, madeReady, type Ready, type ReadyJob } from "./ready.js";
import { pictureBytes, pixelSum, readSlots, rewriteEntries, type Shard } from "./shard.js";

/** RGB squares one behind the other, in the order asked for, in `into` where it is given. A picture whose pixels are damaged or not stored is decoded anew. */
export type Read = (pictures: readonly number[], into?: Uint8Array) => TE.TaskEither<Fault, Uint8Array>;

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

/** Pictures that are being decoded while others are read. */
export interface Coming {
  /** Why nothing is to be given out any more. */
  readonly fault: () => Fault | undefined;
  /** The square of a picture once it is decoded, which is then done before others; undefined where there is nothing to wait for. Left: it never comes. */
  readonly squareOf: (number: number) => TE.TaskEither<Fault, Uint8Array | undefined>;
}

/** A picture, and its position in its shard. */
interface Wanted {
  readonly number: number;
  readonly slot: number;
}

export const reader = (
  index: Index,
  side: number,
  memory: Memory,
  job: (number: number) => ReadyJob,
  workers: number | undefined,
  coming: Coming,
): Read => {
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

  return (pictures, into) => async () => {
    const fault = coming.fault();
    if (fault !== undefined) return E.left(fault);
    const packed = into ?? new Uint8Array(pictures.length * bytes);
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
    const squares = await Promise.all([...positions.keys()].map(async (number) => [number, await coming.squareOf(number)()] as const));
    for (const [number, square] of squares) {
      if (E.isLeft(square)) return square;
      if (square.right === undefined) continue;
      put(number, square.right);
      positions.delete(number);
    }
    // Taken only now: what was waited for may have come into a shard.
    const missing = [...positions.keys()].map((number) => ({ number, place: index.places[number] }));
    const wanted = missing.flatMap(({ number, place }) => (place === undefined ? [] : [{ number, ...place }]));
    const damaged = await Promise.all([...grouped(wanted, ({ shard }) => shard)].map(([shard, own]) => fromShard(shard, own, put)));
    const anew = [...missing.flatMap(({ number, place }) => (place === undefined ? [number] : [])), ...damaged.flat()];
    const results = await performAll<ReadyJob, Ready>({
      worker: "store/readyWorker",
      jobs: anew.map(job),
      perform: (job) => madeReady(job),
      lost: lostInThread,
      allowance: usualAllowance(),
      workers,
    });
    for (const [position, result] of results.entries()) {
      const number = anew[position] as number;
      if (result.kind === "bad") return E.left(failed(result.why, { where: job(number).path }));
      if (result.kind === "decoded") put(number, result.pixels);
    }
    return E.right(packed);
  };
};
