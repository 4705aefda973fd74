/**
 * Shards: decoded pictures in files of some megabytes each. `NAME.pixels` holds squares one behind the other, without anything between
 * them; `NAME.json` says which file each was made of, and the checksum of its pixels. The pixels are written first: a shard without
 * its header is not there, so a program killed while it decodes loses what it had not yet written and nothing else.
 *
 * An entry is known by its path, size, times AND the hash of its content. While path, size and times agree the file is not even
 * read, so that a second run starts at once; where they do not (a copied or checked-out tree), its content is hashed and compared:
 * only a new content is decoded. A header is small and written anew whenever its entries change; pixels never are.
 */
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { z } from "zod";
import { type Fault, failed, inWords, reasonOf } from "../faults/index.js";
import { type RecordKind, readRecord, recordText, removeFile, writeWhole } from "../files/index.js";

/** Raised whenever the same settings would store other pixels. */
export const shardFormat = "MDR shards 1";

const entrySchema = z.object({
  path: z.string(),
  size: z.number(),
  /** Milliseconds of the last change of the content, and of the file's record on the disk, which no program can set back. */
  modified: z.number(),
  changed: z.number(),
  hash: z.string(),
  /** Of its pixels in the shard. */
  sum: z.string(),
});

/** What a shard's header says of one picture. */
export type Entry = Readonly<z.infer<typeof entrySchema>>;

const headerSchema = z.object({
  format: z.literal(shardFormat),
  side: z.number().int().positive(),
  /** By position in the shard; null where the pixels are of no use any more. */
  entries: z.array(entrySchema.nullable()),
});

const headerKind: RecordKind<z.infer<typeof headerSchema>> = { name: "a header of decoded pictures", schema: headerSchema, migrations: [] };

/** A file of stored pictures and what is in it; null where a place is free. */
export interface Shard {
  /** Path without ending. */
  readonly path: string;
  readonly side: number;
  readonly entries: readonly (Entry | null)[];
}

const sumOf = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

/** A checksum of stored pixels. */
export const pixelSum = (pixels: Uint8Array): string => sumOf(pixels);

const pixelsFile = (path: string): string => `${path}.pixels`;
const headerFile = (path: string): string => `${path}.json`;

/** Bytes of one stored picture. */
export const pictureBytes = (side: number): number => 3 * side * side;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? -1;

/** The shard of that path; undefined when it is not whole or of another side. Its pixels are not read. */
const readShard = (path: string, side: number): Shard | undefined => {
  const header = readRecord(headerFile(path), headerKind);
  if (E.isLeft(header) || header.right.side !== side) return undefined;
  const { entries } = header.right;
  return sizeOf(pixelsFile(path)) === entries.length * pictureBytes(side) ? { path, side, entries } : undefined;
};

/** What a program left behind that was killed while it wrote, an hour ago or more: another may be writing now. */
const isAbandoned = (path: string): boolean => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 3_600_000;

/** The whole shards of a folder, in the order of their names; what is damaged or was given up is removed. */
export const readShards = (folder: string, side: number): readonly Shard[] => {
  const names = E.getOrElse((): readonly string[] => [])(E.tryCatch(() => readdirSync(folder).sort(), reasonOf));
  const headers = names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name.slice(0, -".json".length)));
  const read = headers.map((path) => ({ path, shard: readShard(path, side) }));
  for (const { path, shard } of read) if (shard === undefined) removeShard(path);
  const owned = new Set(headers.flatMap((path) => [headerFile(path), pixelsFile(path)]));
  for (const path of names.map((name) => join(folder, name))) if (!owned.has(path) && isAbandoned(path)) removeFile(path);
  return read.flatMap(({ shard }) => (shard === undefined ? [] : [shard]));
};

const writeHeader = ({ path, side, entries }: Shard): E.Either<Fault, string> =>
  writeWhole(headerFile(path), recordText({ format: shardFormat, side, entries }, headerKind, 0));

/** Writes a shard into the folder. Its name follows from its entries: two programs at once write two shards, or the same one. */
export const writeShard = (
  folder: string,
  side: number,
  entries: readonly Entry[],
  pixels: readonly Uint8Array[],
): E.Either<Fault, Shard> => {
  const shard = { path: join(folder, sumOf(JSON.stringify(entries))), side, entries };
  return pipe(
    writeWhole(pixelsFile(shard.path), pixels),
    E.chain(() => writeHeader(shard)),
    E.bimap(
      (fault) => {
        removeShard(shard.path);
        return fault;
      },
      () => shard,
    ),
  );
};

/** The same shard under other entries. Best effort: where it fails, the next run hashes or decodes once more. */
export const rewriteEntries = (shard: Shard, entries: readonly (Entry | null)[]): Shard => {
  const next = { ...shard, entries };
  writeHeader(next);
  return next;
};

/** Removes both files of a shard. */
export const removeShard = (path: string): void => {
  removeFile(headerFile(path));
  removeFile(pixelsFile(path));
};

/** Squares read at one go, at most: a system fills only so many pieces of memory with one read. */
const longestRun = 64;

/** Neighbouring positions, which are read at one go. */
const runsOf = (slots: readonly number[]): readonly (readonly [first: number, count: number])[] => {
  const runs: [number, number][] = [];
  for (const slot of slots) {
    const run = runs.at(-1);
    if (run !== undefined && slot === run[0] + run[1] && run[1] < longestRun) run[1] += 1;
    else runs.push([slot, 1]);
  }
  return runs;
};

/** The pixels at these positions of a shard, in this order, as they are on the disk. */
export const readSlots =
  ({ path, side }: Shard, slots: readonly number[]): TE.TaskEither<Fault, readonly Uint8Array[]> =>
  async () => {
    const file = pixelsFile(path);
    try {
      const handle = await open(file, "r");
      try {
        const bytes = pictureBytes(side);
        // All at once: one after the other each would wait until the thread that trains looks up from its step.
        const read = await Promise.all(
          runsOf(slots).map(async ([first, count]) => {
            const squares = Array.from({ length: count }, () => new Uint8Array(bytes));
            await handle.readv(squares, first * bytes);
            return squares;
          }),
        );
        return E.right(read.flat());
      } finally {
        await handle.close();
      }
    } catch (thrown) {
      return E.left(failed(`cannot be read: ${inWords(thrown, "reading")}`, { where: file }));
    }
  };
