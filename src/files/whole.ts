/**
 * Files that are whole or not there: written under another name beside the target, flushed to the disk, then renamed over it.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, inWords } from "../faults/index.js";

/** Appends all of `bytes` to an open file; a parameter so that a full disk can be tried out. */
export type Append = (file: number, bytes: Uint8Array) => void;

/** System calls stop at 2 GiB: written in pieces. */
const pieceBytes = 1 << 28;

const appendAll: Append = (file, bytes) => {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset, Math.min(pieceBytes, bytes.length - offset));
};

export interface WriteOptions {
  readonly append?: Append;
  /** Wait until the bytes are on the disk; false for one of many files that can be made again. */
  readonly flush?: boolean;
}

/** Writes the parts one behind the other. On any error no half file is left, and what was there before still is. */
export const writeWhole = (
  path: string,
  content: readonly Uint8Array[] | Uint8Array | string,
  { append = appendAll, flush = true }: WriteOptions = {},
): E.Either<Fault, string> => {
  const parts = typeof content === "string" ? [new TextEncoder().encode(content)] : content instanceof Uint8Array ? [content] : content;
  const temporary = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, "w");
    try {
      for (const part of parts) append(file, part);
      if (flush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    return E.right(path);
  } catch (thrown) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The folder itself is out of reach, so there is nothing to remove.
    }
    return E.left(failed(`cannot be written: ${inWords(thrown)}`, { where: path }));
  }
};
