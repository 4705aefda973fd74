/** Where each picture of a data set is, among the shards that there are. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Entry, Shard } from "./shard.js";

export type Stamp = Pick<Entry, "size" | "modified" | "changed">;

export const stampOf = (path: string): Stamp => {
  const status = statSync(path, { throwIfNoEntry: false });
  return { size: status?.size ?? -1, modified: status?.mtimeMs ?? -1, changed: status?.ctimeMs ?? -1 };
};

export const isSame = (a: Stamp, b: Stamp): boolean => a.size === b.size && a.modified === b.modified && a.changed === b.changed;

/** Where a picture's pixels are. */
export interface Place {
  readonly shard: Shard;
  readonly slot: number;
}

/** What the store knows now. The one thing of it that changes: shards are written, and found damaged. */
export interface Index {
  /** By picture; undefined where it is not in a shard. */
  readonly places: (Place | undefined)[];
  readonly numberOf: ReadonlyMap<string, number>;
}

export const entryOf = ({ places }: Index, number: number): Entry | undefined => {
  const place = places[number];
  return place?.shard.entries[place.slot] ?? undefined;
};

/** Each picture is where the files' stamps agree, or else where its path is: its content may be the same. */
export const locate = (index: Index, shard: Shard, stamps: readonly Stamp[]): void => {
  for (const [slot, entry] of shard.entries.entries()) {
    const number = entry === null ? undefined : index.numberOf.get(entry.path);
    const stamp = number === undefined ? undefined : stamps[number];
    if (entry === null || number === undefined || stamp === undefined) continue;
    if (index.places[number] === undefined || isSame(entry, stamp)) index.places[number] = { shard, slot };
  }
};

/** `next` takes the place of `shard`, which has the same pixels. */
export const exchange = (index: Index, shard: Shard, next: Shard): void => {
  for (const entry of shard.entries) {
    const number = entry === null ? undefined : index.numberOf.get(entry.path);
    const place = number === undefined ? undefined : index.places[number];
    if (number !== undefined && place?.shard === shard) index.places[number] = { shard: next, slot: place.slot };
  }
};

/** Positions of the entries that some data set has a use for: this one, or another that keeps its pictures here. */
export const liveSlots = (index: Index, root: string, shard: Shard): readonly number[] =>
  shard.entries.flatMap((entry, slot) => {
    if (entry === null) return [];
    const number = index.numberOf.get(entry.path);
    const place = number === undefined ? undefined : index.places[number];
    const live = number === undefined ? existsSync(join(root, entry.path)) : place?.shard === shard && place.slot === slot;
    return live ? [slot] : [];
  });
