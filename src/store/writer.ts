/** Fills shards with decoded pictures and writes each when it is full. */
import * as E from "fp-ts/lib/Either.js";
import { type Entry, pictureBytes, type Shard, writeShard } from "./shard.js";

export interface ShardWriter {
  /** Writes a shard when this picture fills it. */
  readonly add: (entry: Entry, pixels: Uint8Array) => void;
  /** The pixels of a picture that is in no shard yet; undefined where it is not here. */
  readonly held: (path: string) => Uint8Array | undefined;
  /** Writes what is left. */
  readonly flush: () => void;
  /** Why folders did not take a shard, one line each; while there are as many as folders, nothing is kept. */
  readonly failures: () => readonly string[];
  /** The folder that takes shards now; undefined when none does. */
  readonly folder: () => string | undefined;
}

/**
 * Shards of at most `shardBytes` go into the first of the folders that takes them. Failing is no error: only the next run is slower.
 * `onWritten` gets each shard that is on the disk.
 */
export const shardWriter = (
  folders: readonly string[],
  side: number,
  shardBytes: number,
  onWritten: (shard: Shard) => void,
): ShardWriter => {
  const most = Math.max(1, Math.floor(shardBytes / pictureBytes(side)));
  const failures: string[] = [];
  let entries: Entry[] = [];
  let pixels: Uint8Array[] = [];
  const folder = (): string | undefined => folders[failures.length];
  const flush = (): void => {
    for (let into = folder(); into !== undefined && entries.length > 0; into = folder()) {
      const written = writeShard(into, side, entries, pixels);
      if (E.isLeft(written)) failures.push(written.left.message);
      else {
        onWritten(written.right);
        break;
      }
    }
    entries = [];
    pixels = [];
  };
  return {
    add: (entry, square) => {
      entries.push(entry);
      pixels.push(square);
      if (entries.length === most) flush();
    },
    held: (path) => pixels[entries.findIndex((entry) => entry.path === path)],
    flush,
    failures: () => failures,
    folder,
  };
};
