/**
 * Bytes of an image file to an upright RGB picture. The format is read from the content, whatever the name says;
 * what a picture costs is read from the file's structure and held against the limits before anything is decoded.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../faults/index.js";
import { formatOf, nameOfContent } from "./format.js";
import { decodeJpeg, jpegMemory } from "./jpeg.js";
import { readJpegHeader } from "./jpegFile.js";
import { defaultMaxPixels, maxFileBytes, withinLimits } from "./limits.js";
import type { Picture } from "./picture.js";
import { decodePng, pngMemory } from "./png.js";
import { readPngHeader, withinRows } from "./pngFile.js";
import { reductionOf } from "./reduction.js";

/** A picture whose file was found to be within the limits, not decoded yet. */
export interface Undecoded {
  /** As stored: orientation may swap them. */
  readonly width: number;
  readonly height: number;
  /** What decoding takes of memory at its height, in bytes, the file's own included. */
  readonly memory: number;
  /** Errors name the file and what is damaged in it. `more` is told before a doubtful file takes more memory after all: how much in all. */
  readonly decode: (more?: (bytes: number) => void) => E.Either<Fault, Picture>;
}

interface Opened extends Pick<Undecoded, "width" | "height" | "memory"> {
  readonly decode: (more: (bytes: number) => void) => E.Either<string, Picture>;
}

const openJpeg = (bytes: Uint8Array, maxPixels: number, side: number): E.Either<string, Opened> =>
  pipe(
    readJpegHeader(bytes),
    E.chain(withinLimits(maxPixels)),
    E.map((header) => {
      const reduction = reductionOf(header, side);
      const files = 3 * bytes.length;
      return {
        ...header,
        memory: files + jpegMemory(header, reduction),
        decode: (more) => decodeJpeg(header, { reduction, more: (needed) => more(files + needed) }),
      };
    }),
  );

const openPng = (bytes: Uint8Array, maxPixels: number, side: number): E.Either<string, Opened> =>
  pipe(
    readPngHeader(bytes),
    E.chain(withinLimits(maxPixels)),
    E.chain(withinRows(maxPixels)),
    E.map((header) => {
      const reduction = reductionOf(header, side);
      return { ...header, memory: 2 * bytes.length + pngMemory(header, reduction), decode: () => decodePng(header, reduction) };
    }),
  );

const unusable =
  (name: string) =>
  (what: string): Fault =>
    failed(`${name}: cannot be used: ${what}. Replace or remove the file.`);

/** Why a file of so many bytes is not even read; undefined where it is. */
export const tooLarge = (name: string, size: number, maxPixels: number = defaultMaxPixels): Fault | undefined => {
  const [mebibytes, most] = [size, maxFileBytes(maxPixels)].map((bytes) => Math.round(bytes / 2 ** 20));
  return size > maxFileBytes(maxPixels)
    ? unusable(name)(`it has ${mebibytes} MiB; the limit is ${most} MiB: make it smaller, or allow more with {maxPixels}`)
    : undefined;
};

/**
 * Looks at a JPEG or PNG file's bytes and decodes nothing yet. What is to become a square of `side` pixels is decoded at a half, a
 * quarter or an eighth of its size if it has more than 20 megapixels and its shorter side stays three times the square's.
 * Errors name the file, what is wrong and what to do: not an image, a kind that is not read, a picture beyond the limits.
 */
export const openImage = (
  bytes: Uint8Array,
  name: string,
  maxPixels: number = defaultMaxPixels,
  side: number = Number.POSITIVE_INFINITY,
): E.Either<Fault, Undecoded> => {
  const large = tooLarge(name, bytes.length, maxPixels);
  if (large !== undefined) return E.left(large);
  const format = formatOf(bytes);
  const opened =
    format === "jpeg"
      ? openJpeg(bytes, maxPixels, side)
      : format === "png"
        ? openPng(bytes, maxPixels, side)
        : E.left(`it is ${nameOfContent(bytes)}, not a JPEG or PNG`);
  return pipe(
    opened,
    E.bimap(unusable(name), ({ width, height, memory, decode }) => ({
      width,
      height,
      memory,
      decode: (more = () => undefined) => E.mapLeft(unusable(name))(decode(more)),
    })),
  );
};

/** Decodes a JPEG or PNG file's bytes. Errors are those of `openImage`, and a cut or damaged file. */
export const decodeImage = (bytes: Uint8Array, name: string, maxPixels: number = defaultMaxPixels): E.Either<Fault, Picture> =>
  E.chain(({ decode }: Undecoded) => decode())(openImage(bytes, name, maxPixels));
