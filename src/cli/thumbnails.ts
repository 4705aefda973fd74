/** Small pictures for a page, from the squares that a network sees: no file is read again. */
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { encodeJpeg } from "../datasets/index.js";
import type { Fault } from "../faults/index.js";
import { type Picture, resized } from "../pictures/index.js";
import { type Looked, picturesIn, type Seen, type Thumb, thumbSide } from "../report/index.js";
import type { EvaluatedSource, Unseen } from "../store/index.js";

/** Of 0 to 100: a small picture at 1.5 kB. */
const quality = 75;

const encoded = (picture: Picture): Uint8Array => encodeJpeg(resized(picture, thumbSide, thumbSide, "lanczos"), quality);

const fromSide = (source: EvaluatedSource | undefined, seen: readonly Seen[]): TE.TaskEither<Fault, readonly Thumb[]> => {
  if (source === undefined || source.kept.kind === "vectors" || seen.length === 0) return TE.right([]);
  const { side, squares } = source.kept;
  const bytes = 3 * side * side;
  return pipe(
    squares(seen.map(({ row }) => row)),
    TE.map((all) =>
      seen.map(({ side: of, file }, index) => ({
        side: of,
        file,
        jpeg: encoded({ width: side, height: side, pixels: all.subarray(index * bytes, (index + 1) * bytes) }),
      })),
    ),
  );
};

/** All pictures that the page shows of what was looked at; none where vectors are all there is. */
export const thumbnailsOf = (
  looked: Looked,
  { query, gallery }: Pick<Unseen, "query" | "gallery">,
): TE.TaskEither<Fault, readonly Thumb[]> => {
  const seen = picturesIn(looked);
  return pipe(
    TE.Do,
    TE.bind("queries", () =>
      fromSide(
        query,
        seen.filter(({ side }) => side === "query"),
      ),
    ),
    TE.bind("others", () =>
      fromSide(
        gallery,
        seen.filter(({ side }) => side === "gallery"),
      ),
    ),
    TE.map(({ queries, others }) => [...queries, ...others]),
  );
};
