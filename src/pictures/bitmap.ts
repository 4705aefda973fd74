/** Pictures in a page: by the browser's own decoder, which is native, and knows formats that are read nowhere else here. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed } from "../faults/index.js";
import { formatOf } from "./format.js";
import { readJpegHeader } from "./jpegFile.js";
import { defaultMaxPixels, withinLimits } from "./limits.js";
import type { Picture } from "./picture.js";
import { readPngHeader } from "./pngFile.js";

const unusable =
  (name: string) =>
  (what: string): Fault =>
    failed(`${name}: cannot be used: ${what}. Replace or remove the file.`);

interface Sized {
  readonly width: number;
  readonly height: number;
}

/** The size that the file's header says; undefined for a format that the browser alone knows. */
const sizeOf = (bytes: Uint8Array): E.Either<string, Sized | undefined> => {
  const format = formatOf(bytes);
  return format === "jpeg" ? readJpegHeader(bytes) : format === "png" ? readPngHeader(bytes) : E.right(undefined);
};

/** RGB of what the browser decoded: upright by the file's orientation, transparency over white, colours as they are in the file. */
const drawn = async (blob: Blob): Promise<Picture> => {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image", colorSpaceConversion: "none" });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no canvas");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
    pixels[to] = data[from] as number;
    pixels[to + 1] = data[from + 1] as number;
    pixels[to + 2] = data[from + 2] as number;
  }
  return { width, height, pixels };
};

/**
 * Decodes an image file in a page or a worker of one. Errors name it: more pixels than `maxPixels` by its header, which is found before it is
 * decoded, or nothing that this browser reads.
 */
export const bitmapPicture = (blob: Blob, name: string, maxPixels: number = defaultMaxPixels): TE.TaskEither<Fault, Picture> =>
  pipe(
    TE.tryCatch(
      async () => new Uint8Array(await blob.arrayBuffer()),
      () => "it cannot be read",
    ),
    TE.chainEitherK(sizeOf),
    TE.chainEitherK((size) => (size === undefined ? E.right(size) : withinLimits(maxPixels)(size))),
    TE.chain(() =>
      TE.tryCatch(
        () => drawn(blob),
        () => "this browser does not decode it",
      ),
    ),
    TE.chainEitherK(withinLimits(maxPixels)),
    TE.mapLeft(unusable(name)),
  );
