/** Whole files read, what goes wrong as a value. */
import { readFileSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, inWords } from "../faults/index.js";

export const readBytes = (path: string): E.Either<Fault, Uint8Array> =>
  E.tryCatch(
    () => readFileSync(path),
    (thrown) => failed(`cannot be read: ${inWords(thrown, "reading")}`, { where: path }),
  );

const byteOrderMark = "\uFEFF";

/** UTF-8 text, without the byte-order mark that some editors write before it. */
export const readText = (path: string): E.Either<Fault, string> =>
  E.map((bytes: Uint8Array) => {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return text.startsWith(byteOrderMark) ? text.slice(1) : text;
  })(readBytes(path));
