/** A picture file's bytes as the square that a network looks at. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { openImage } from "./decode.js";
import { type ResizeFilter, resized } from "./resize.js";

/** How a square is made of a picture. */
export interface SquareWish {
  readonly side: number;
  readonly filter: ResizeFilter;
  /** Most pixels of the file's picture. */
  readonly maxPixels: number;
}

/** Pixels [side, side, 3]. Errors are those of `decodeImage`. */
export const squareOf = (bytes: Uint8Array, name: string, { side, filter, maxPixels }: SquareWish): E.Either<Fault, Uint8Array> =>
  pipe(
    openImage(bytes, name, maxPixels, side),
    E.chain(({ decode }) => decode()),
    E.map((picture) => resized(picture, side, side, filter).pixels),
  );
