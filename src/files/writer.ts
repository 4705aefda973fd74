/**
 * A file that grows as its content comes, and is whole or not there: it is written under another name beside the target, flushed
 * to the disk, then renamed over it.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, inWords } from "../faults/index.js";

/** Appends all of `bytes` to an open file; a parameter so that a full disk can be tried out. */
export type Append = (file: number, bytes: Uint8Array) => void;

/** System calls stop at 2 GiB: written in pieces. */
const pieceBytes = 1 << 28;

const appendAll: Append = (file, bytes) => {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset, Math.min(pieceBytes, bytes.length - offset));
};

/** How bytes are written. */
export interface WriteOptions {
  readonly append?: Append;
  /** Wait until the bytes are on the disk; false for one of many files that can be made again. */
  readonly flush?: boolean;
}

/** After a fault of any of the three nothing half is left, what stood at the path before still does, and the writer is of no more use. */
export interface Writer {
  readonly write: (bytes: Uint8Array) => E.Either<Fault, void>;
  /** Puts the file in its place and gives its path; with `head` before all that was written, for formats that begin with a count. */
  readonly finish: (head?: Uint8Array) => E.Either<Fault, string>;
  /** Leaves everything as it was before the writer was opened. */
  readonly abandon: () => void;
}

/** Enough for a disk's full speed, little beside a network. */
const copiedBytes = 1 << 22;

const copyAll = (from: number, to: number, append: Append): void => {
  const piece = new Uint8Array(copiedBytes);
  for (let offset = 0; ; ) {
    const count = readSync(from, piece, 0, piece.length, offset);
    if (count === 0) return;
    append(to, piece.subarray(0, count));
    offset += count;
  }
};

const quietly = (change: () => void): void => {
  try {
    change();
  } catch {
    // The file or its folder is out of reach: there is nothing left to close or remove.
  }
};

/** Opens a writer on a path, whose folder is made where it is missing. */
export const openWriter = (path: string, { append = appendAll, flush = true }: WriteOptions = {}): E.Either<Fault, Writer> => {
  const part = `${path}.${process.pid}.part`;
  const headed = `${part}.headed`;
  const discard = (files: readonly number[]): void => {
    for (const file of files) quietly(() => closeSync(file));
    for (const name of [part, headed]) quietly(() => rmSync(name, { force: true }));
  };
  const attempt = <A>(files: readonly number[], change: () => A): E.Either<Fault, A> =>
    E.tryCatch(change, (thrown) => {
      discard(files);
      return failed(`cannot be written: ${inWords(thrown, "writing")}`, { where: path });
    });
  const settle = (file: number, name: string): E.Either<Fault, string> =>
    pipe(
      attempt([file], () => {
        if (flush) fsyncSync(file);
      }),
      E.chain(() => attempt([], () => closeSync(file))),
      E.chain(() => attempt([], () => renameSync(name, path))),
      E.map(() => path),
    );
  const headedBy = (head: Uint8Array, body: number): E.Either<Fault, string> =>
    pipe(
      attempt([body], () => openSync(headed, "w")),
      E.chainFirst((file) =>
        attempt([file, body], () => {
          append(file, head);
          copyAll(body, file, append);
        }),
      ),
      E.chainFirst((file) => attempt([file], () => closeSync(body))),
      E.chainFirst((file) => attempt([file], () => rmSync(part))),
      E.chain((file) => settle(file, headed)),
    );
  const writer = (file: number): Writer => ({
    write: (bytes) => attempt([file], () => append(file, bytes)),
    finish: (head) => (head === undefined ? settle(file, part) : headedBy(head, file)),
    abandon: () => discard([file]),
  });
  return E.map(writer)(
    attempt([], () => {
      mkdirSync(dirname(path), { recursive: true });
      return openSync(part, "w+");
    }),
  );
};
