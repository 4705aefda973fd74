/** Files to pictures on a thread beside the page: by the browser's decoder, and made small at once. */
import * as E from "fp-ts/lib/Either.js";
import type { Fault } from "#mdr/faults/index.js";
import { failed } from "#mdr/faults/index.js";
import { bitmapPicture, fitted, type Picture } from "#mdr/pictures/browser.js";
import { asking } from "../thread.js";

/** A file that is to be decoded. */
export interface Undecoded {
  readonly file: Blob;
  readonly name: string;
  /** Pixels of the longer side, at most. */
  readonly side: number;
}

/** What came of it: a picture, or why it cannot be used, by the file's name. */
export type Decoded = E.Either<Fault, Picture>;

/** Decodes one file. */
export const decode = async ({ file, name, side }: Undecoded): Promise<Decoded> =>
  E.map((picture: Picture) => fitted(picture, side, "triangle"))(await bitmapPicture(file, name)());

/** Decodes on a thread, one file at a time, so that memory holds one large picture. */
export const decoder = (start: () => Worker) => {
  const ask = asking<Undecoded, Decoded>(start, () =>
    E.left(failed("a photo could not be decoded: leave out the last one, and try again")),
  );
  return (file: Blob, name: string, side: number): Promise<Decoded> => ask({ file, name, side });
};

/** What `decoder` gives. */
export type Decoder = ReturnType<typeof decoder>;
