/** Rows to a file as they come. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import type { Exporter, Row } from "./exporter.js";

/**
 * Writes every row to `path` and gives their number. The first fault, of the rows or of the file, ends it, and leaves the path
 * as it was before.
 */
export const exportRows =
  (exporter: Exporter, path: string) =>
  (rows: Iterable<E.Either<Fault, Row>> | AsyncIterable<E.Either<Fault, Row>>): TE.TaskEither<Fault, number> =>
  async () => {
    const opened = exporter.open(path);
    if (E.isLeft(opened)) return opened;
    let count = 0;
    for await (const row of rows) {
      if (E.isLeft(row)) {
        opened.right.abandon();
        return row;
      }
      const written = opened.right.write(row.right);
      if (E.isLeft(written)) return written;
      count += 1;
    }
    return E.map(() => count)(opened.right.finish());
  };
