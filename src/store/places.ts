/** Where a data set's decoded pictures are kept. */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Readying } from "./ready.js";
import { shardFormat } from "./shard.js";

/** Where programs keep what they can make again, by the habit of each system. */
export const userCacheFolder = (): string =>
  process.platform === "win32"
    ? join(process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "mdr")
    : process.platform === "darwin"
      ? join(homedir(), "Library", "Caches", "mdr")
      : join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mdr");

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** How files become pixels: counted up whenever the same file gives other pixels than before, which caches of old do not know. */
const decoding = 3;

/**
 * The folders that may hold the shards, the preferred one first: below the folder asked for and nowhere else, or else beside the
 * data, then in the user's cache folder. How pictures are made ready is part of the name: each way keeps its own.
 */
export const shardFolders = (root: string, { side, filter }: Readying, folder: string | undefined): readonly string[] => {
  const name = `${filter}-${side}-${shortHash(`${shardFormat} ${decoding} ${filter} ${side}`)}`;
  const elsewhere = `${shortHash(resolve(root))}-${name}`;
  return folder === undefined ? [join(root, ".mdr-cache", name), join(userCacheFolder(), elsewhere)] : [join(folder, elsewhere)];
};
