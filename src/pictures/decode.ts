/**
 * Bytes of an image file to an upright RGB picture. The format is read from the content, whatever the name says;
 * the size is read from the header and checked before anything is decoded.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../faults/index.js";
import { decodeJpeg, readJpegHeader } from "./jpeg.js";
import type { Picture } from "./picture.js";
import { decodePng, readPngHeader } from "./png.js";

/** Most pixels a picture may have: jpeg-js needs about ten bytes for each. */
export const defaultMaxPixels = 40_000_000;

type Format = "jpeg" | "png" | "other";

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, index) => bytes[index] === byte);

const formatOf = (bytes: Uint8Array): Format =>
  startsWith(bytes, [0xff, 0xd8, 0xff]) ? "jpeg" : startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) ? "png" : "other";

const known: readonly (readonly [string, readonly number[]])[] = [
  ["a GIF", [0x47, 0x49, 0x46, 0x38]],
  ["a BMP", [0x42, 0x4d]],
  ["a WebP", [0x52, 0x49, 0x46, 0x46]],
  ["a TIFF", [0x49, 0x49, 0x2a]],
  ["a TIFF", [0x4d, 0x4d, 0x00, 0x2a]],
  ["a PDF", [0x25, 0x50, 0x44, 0x46]],
  ["a web page", [0x3c]],
];

const nameOfContent = (bytes: Uint8Array): string =>
  bytes.length === 0 ? "empty" : `${known.find(([, magic]) => startsWith(bytes, magic))?.[0] ?? "no image"} by its content`;

const withinLimit =
  (maxPixels: number) =>
  <H extends { readonly width: number; readonly height: number }>(header: H): E.Either<string, H> =>
    header.width * header.height <= maxPixels
      ? E.right(header)
      : E.left(
          `it is ${header.width} x ${header.height} pixels (${Math.round((header.width * header.height) / 1e6)} megapixels); the limit is ${Math.round(maxPixels / 1e6)} megapixels: make it smaller first`,
        );

/**
 * Decodes a JPEG or PNG file's bytes.
 * Errors name the file, what is wrong and what to do: not an image, a picture beyond `maxPixels`, a cut or damaged file.
 */
export const decodeImage = (bytes: Uint8Array, name: string, maxPixels: number = defaultMaxPixels): E.Either<Fault, Picture> => {
  const format = formatOf(bytes);
  const picture: E.Either<string, Picture> =
    format === "jpeg"
      ? pipe(
          readJpegHeader(bytes),
          E.chain(withinLimit(maxPixels)),
          E.chain((header) => decodeJpeg(bytes, header)),
        )
      : format === "png"
        ? pipe(
            readPngHeader(bytes),
            E.chain(withinLimit(maxPixels)),
            E.chain((header) => decodePng(bytes, header)),
          )
        : E.left(`it is ${nameOfContent(bytes)}, not a JPEG or PNG`);
  return E.mapLeft((what: string) => failed(`${name}: cannot be used: ${what}. Replace or remove the file.`))(picture);
};
