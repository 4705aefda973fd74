/** Files that are written at once, and are whole or not there. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { openWriter, type WriteOptions, type Writer } from "./writer.js";

/** Writes the parts one behind the other. On any error no half file is left, and what was there before still is. */
export const writeWhole = (
  path: string,
  content: readonly Uint8Array[] | Uint8Array | string,
  options: WriteOptions = {},
): E.Either<Fault, string> => {
  const parts = typeof content === "string" ? [new TextEncoder().encode(content)] : content instanceof Uint8Array ? [content] : content;
  return pipe(
    openWriter(path, options),
    E.chain((writer: Writer) =>
      pipe(
        parts,
        E.traverseArray(writer.write),
        E.chain(() => writer.finish()),
      ),
    ),
  );
};
