/** What the service makes of pictures' bytes, which takes up to seconds each: the square that a network looks at, or a small picture. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { encodeJpeg } from "../datasets/index.js";
import type { Fault } from "../faults/index.js";
import { fitted, openImage, type SquareWish, squareOf } from "../pictures/index.js";

/** `name` is what faults call it. */
export type DecodingJob = { readonly bytes: Uint8Array; readonly name: string } & (
  | { readonly kind: "square"; readonly wish: SquareWish }
  | { readonly kind: "small"; readonly side: number; readonly maxPixels: number }
);

/** Of small pictures; at 200 pixels nothing of it is seen. */
const quality = 82;

/** Pixels [side, side, 3] of a square; a JPEG file that fits into a square of `side` pixels of a small picture. */
export const decodedFor = (job: DecodingJob): E.Either<Fault, Uint8Array> =>
  job.kind === "square"
    ? squareOf(job.bytes, job.name, job.wish)
    : pipe(
        openImage(job.bytes, job.name, job.maxPixels, job.side),
        E.chain(({ decode }) => decode()),
        E.map((picture) => encodeJpeg(fitted(picture, job.side, "triangle"), quality)),
      );
