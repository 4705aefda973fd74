/** Whole files read, what goes wrong as a value. */
import { readFileSync, statSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, inWords } from "../faults/index.js";

const unreadable =
  (path: string) =>
  (thrown: unknown): Fault =>
    failed(`cannot be read: ${inWords(thrown, "reading")}`, { where: path });

/** The bytes of a file. Left: why it cannot be read. */
export const readBytes = (path: string): E.Either<Fault, Uint8Array> => E.tryCatch(() => readFileSync(path), unreadable(path));

/** An ordinary file of at most so many bytes: what a list or a table may have, and nothing that a pipe or a wrong file would bring. */
export const readAtMost = (path: string, mostBytes: number): E.Either<Fault, Uint8Array> =>
  pipe(
    E.tryCatch(() => statSync(path), unreadable(path)),
    E.filterOrElse(
      (status) => status.isFile() && status.size <= mostBytes,
      (status) =>
        failed(status.isFile() ? `is larger than ${mostBytes >> 20} MiB: it is another file than is looked for` : "is no file", {
          where: path,
        }),
    ),
    E.chain(() => readBytes(path)),
  );

const byteOrderMark = "\uFEFF";

/** UTF-8 text, without the byte-order mark that some editors write before it. */
export const textIn = (bytes: Uint8Array): string => {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
};

/** The text of a file, as UTF-8. Left: why it cannot be read. */
export const readText = (path: string): E.Either<Fault, string> => E.map(textIn)(readBytes(path));
