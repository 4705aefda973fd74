/**
 * The index's pictures as a page shows them: the file, or a small JPEG of it. A file is read only where the index says that it has one,
 * and handed out only if its content is the one that was indexed: an index that somebody made up leads to no other file.
 */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { misused } from "../faults/index.js";
import { readAtMost } from "../files/index.js";
import { maxFileBytes } from "../pictures/index.js";
import type { Entry } from "../search/index.js";
import { contentHash } from "../store/index.js";
import type { Decoders } from "./decoders.js";
import { failure, type Problem, problem } from "./problem.js";

export interface Shown {
  readonly bytes: Uint8Array;
  readonly type: "image/jpeg" | "image/png";
}

/** A path below the root that goes down only. */
const goesDown = (file: string): boolean =>
  file !== "" && !/^(?:[/\\]|[A-Za-z]:)|\0/.test(file) && file.split(/[/\\]/).every((part) => part !== ".." && part !== "");

const gone: Problem = problem(410, misused("the picture is not what it was when it was indexed", { remedy: "index the folder again" }));

/** The file of an entry, whole. */
export const fileOf = (root: string, entry: Pick<Entry, "file" | "digest">, maxPixels: number): E.Either<Problem, Shown> =>
  pipe(
    goesDown(entry.file)
      ? readAtMost(join(root, entry.file), maxFileBytes(maxPixels))
      : E.left(misused("leads out of the folder", { where: entry.file })),
    E.mapLeft((fault): Problem => ({ ...gone, cause: fault.message })),
    E.filterOrElse(
      (bytes) => contentHash(bytes) === entry.digest,
      () => gone,
    ),
    E.map((bytes): Shown => ({ bytes, type: bytes[0] === 0xff ? "image/jpeg" : "image/png" })),
  );

/** The same as a JPEG that fits into a square of `side` pixels. */
export const thumbnailOf =
  (decode: Decoders["decode"], side: number, maxPixels: number) =>
  ({ bytes }: Shown, name: string): TE.TaskEither<Problem, Shown> =>
    pipe(
      decode({ kind: "small", bytes, name, side, maxPixels }),
      TE.bimap(
        (fault) => failure("the picture cannot be shown", fault),
        (small): Shown => ({ bytes: small, type: "image/jpeg" }),
      ),
    );
