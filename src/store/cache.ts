/**
 * The packed cache: all stored pictures of a data set in one file.
 *
 * Layout: 8 bytes of magic; length of the header as 4 bytes, little-endian; the header as JSON; the pixels of every entry in
 * order; SHA-256 of all before. A file that was cut, half written or damaged fails the checksum and is made anew.
 *
 * An entry is known by its path, size, modification time AND the hash of its content. While path, size and time agree the file
 * is not even read, so that a second run starts at once; where they do not (a copied or checked-out tree), its content is hashed
 * and compared: only a new content is decoded.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type * as E from "fp-ts/lib/Either.js";
import { z } from "zod";
import type { Fault } from "../faults/index.js";
import { writeWhole } from "../files/index.js";
import type { StoreSettings } from "./store.js";

const magic = "MDRPACK1";
const digestBytes = 32;

const entrySchema = z.object({ path: z.string(), size: z.number(), modified: z.number(), hash: z.string() });
const headerSchema = z.object({ side: z.number().int().positive(), entries: z.array(entrySchema) });

export type CacheEntry = Readonly<z.infer<typeof entrySchema>>;

export interface Cache {
  readonly side: number;
  readonly entries: readonly CacheEntry[];
  /** entries * side * side * 3 bytes. */
  readonly pixels: Uint8Array;
}

const digest = (parts: readonly Uint8Array[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

const readWhole = (path: string): Buffer | undefined => {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const bytes = Buffer.allocUnsafe(fstatSync(file).size);
    for (let offset = 0; offset < bytes.length; ) {
      const read = readSync(file, bytes, offset, Math.min(1 << 28, bytes.length - offset), null);
      if (read === 0) return undefined;
      offset += read;
    }
    return bytes;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The cache in a file; undefined when there is none or when it is not whole. */
export const readCache = (path: string): Cache | undefined => {
  const bytes = readWhole(path);
  const start = magic.length + 4;
  if (bytes === undefined || bytes.length < start + digestBytes || bytes.toString("latin1", 0, magic.length) !== magic) return undefined;
  const headerEnd = start + bytes.readUInt32LE(magic.length);
  const end = bytes.length - digestBytes;
  if (headerEnd > end || !digest([bytes.subarray(0, end)]).equals(bytes.subarray(end))) return undefined;
  const header = headerSchema.safeParse(parsed(bytes.toString("utf8", start, headerEnd)));
  if (!header.success || end - headerEnd !== header.data.entries.length * header.data.side ** 2 * 3) return undefined;
  return { ...header.data, pixels: bytes.subarray(headerEnd, end) };
};

export const writeCache = (path: string, cache: Cache): E.Either<Fault, string> => {
  const header = Buffer.from(JSON.stringify({ side: cache.side, entries: cache.entries }));
  const start = Buffer.alloc(magic.length + 4);
  start.write(magic, "latin1");
  start.writeUInt32LE(header.length, magic.length);
  const parts = [start, header, cache.pixels];
  return writeWhole(path, [...parts, digest(parts)]);
};

/** Where programs keep what they can make again, by the habit of each system. */
export const userCacheFolder = (): string =>
  process.platform === "win32"
    ? join(process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "mdr")
    : process.platform === "darwin"
      ? join(homedir(), "Library", "Caches", "mdr")
      : join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mdr");

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/**
 * The files that may hold the cache, the preferred one first: in the folder asked for and nowhere else, or else beside the data,
 * then in the user's cache folder. The settings are part of the name: each keeps its own file.
 */
export const cachePaths = (root: string, settings: StoreSettings, folder: string | undefined): readonly string[] => {
  const name = `${settings.filter}-${settings.side}-${shortHash(`${magic} ${settings.filter} ${settings.side} ${settings.maxPixels}`)}.pack`;
  const elsewhere = `${shortHash(resolve(root))}-${name}`;
  return folder === undefined ? [join(root, ".mdr-cache", name), join(userCacheFolder(), elsewhere)] : [join(folder, elsewhere)];
};
