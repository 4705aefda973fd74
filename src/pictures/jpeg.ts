/**
 * JPEG: its pixels, decoded by libjpeg-turbo. Where that finds fault with the data, jpeg-js is asked as well, and what it reads is read:
 * it is slower by far and keeps every block in memory, and so is not asked about large pictures.
 */
import * as E from "fp-ts/lib/Either.js";
import jpeg from "jpeg-js";
import type { JpegHeader } from "./jpegFile.js";
import { blocksOf } from "./jpegFrame.js";
import { writtenAnew } from "./jpegWriting.js";
import { mostOpinionPixels } from "./limits.js";
import { outOfMemory } from "./memory.js";
import { type Picture, upright } from "./picture.js";
import { type Reduction, reducedSide } from "./reduction.js";
import { type TurboDecoder, usualTurbo } from "./turbo.js";

/** Bytes that libjpeg-turbo takes for a block where it goes over the picture more than once: its 64 coefficients. */
const bytesOfCoefficients = 128;

/** Bytes that it takes beside, for its tables and some rows; and what its memory begins with. */
const bytesOfDecoder = 1 << 20;

/** Bytes for each pixel that comes out: as many as four samples, a copy, and one more to turn it. */
const bytesOfPixel = 10;

/** Bytes that jpeg-js takes for a block of coefficients, measured: 256 of numbers, the rest to keep them as an array of their own. */
const bytesOfBlock = 420;

/** Bytes that jpeg-js takes for each pixel beside the blocks: samples, two copies of the colours, and one more to turn them. */
const bytesOfOpinionPixel = 12;

/** What decoding takes of memory at its height, in bytes. */
export const jpegMemory = ({ width, height, frame, scans }: JpegHeader, reduction: Reduction): number =>
  bytesOfDecoder +
  (scans.length > 1 ? bytesOfCoefficients * blocksOf(frame) : 0) +
  bytesOfPixel * reducedSide(width, reduction) * reducedSide(height, reduction);

/** The same of a second opinion. */
const opinionMemory = ({ width, height, frame }: JpegHeader): number =>
  bytesOfBlock * blocksOf(frame) + bytesOfOpinionPixel * width * height;

/** A byte times a byte, as shares of 255, to the nearest: exact for all of them. */
const timesShare = (a: number, b: number): number => {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
};

/** Inks that are stored turned over, as Adobe's programs do and viewers take for granted, to RGB by Pillow's arithmetic. */
const fromInks = (inks: Uint8Array): Uint8Array => {
  const pixels = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
    const light = inks[from + 3] as number;
    for (let ink = 0; ink < 3; ink++) pixels[to + ink] = Math.max(0, light - timesShare(255 - (inks[from + ink] as number), light));
  }
  return pixels;
};

const cutShort = (bytes: number): string => `the file is cut short (it ends after ${bytes} bytes, within the picture)`;
const doesNotEnd = "its picture data is damaged (it does not decode to its end)";

/** Bytes between the picture data and the next marker, which some cameras leave there, harm nothing. */
const isHarmless = (said: string): boolean => /extraneous bytes before marker/.test(said);

const secondOpinion = ({ colours, endless }: JpegHeader, bytes: Uint8Array): E.Either<string, Picture> =>
  E.bimap(
    (thrown) => outOfMemory(thrown) ?? (endless === undefined ? doesNotEnd : cutShort(endless)),
    ({ width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array }): Picture => ({
      width,
      height,
      pixels: data,
    }),
  )(
    E.tryCatch(
      () =>
        // Its own limits are off: the picture is within ours.
        jpeg.decode(bytes, {
          useTArray: true,
          formatAsRGBA: false,
          colorTransform: colours === "ycc" || colours === "ycck",
          maxResolutionInMP: 1e4,
          maxMemoryUsageInMB: 1e6,
        }),
      (thrown) => thrown,
    ),
  );

export interface JpegDecoding {
  /** Of a picture larger than it will be needed. */
  readonly reduction: Reduction;
  /** Is told before more memory is taken than `jpegMemory` says: how much in all. */
  readonly more: (bytes: number) => void;
  /** The thread's own when left out. */
  readonly fast?: TurboDecoder | undefined;
}

const decoded = (header: JpegHeader, bytes: Uint8Array, { reduction, more, fast }: JpegDecoding): E.Either<string, Picture> => {
  const { width, height, colours, endless } = header;
  const inks = colours === "cmyk" || colours === "ycck";
  const pictureOf = (pixels: Uint8Array): Picture => ({
    width: reducedSide(width, reduction),
    height: reducedSide(height, reduction),
    pixels: inks ? fromInks(pixels) : pixels,
  });
  const found = fast?.(bytes, { width, height, format: inks ? "cmyk" : "rgb", reduction });
  if (found?.kind === "whole") return E.right(pictureOf(found.pixels));
  const harmless = found?.kind === "doubtful" && isHarmless(found.said) ? found.pixels : undefined;
  if (found !== undefined && width * height > mostOpinionPixels) {
    if (found.kind === "doubtful")
      return endless !== undefined ? E.left(cutShort(endless)) : harmless === undefined ? E.left(doesNotEnd) : E.right(pictureOf(harmless));
    return E.left(
      /memory/.test(found.said)
        ? "there is not enough memory here to decode it"
        : `it is coded in a way that is not read at ${width} x ${height} pixels: save it again`,
    );
  }
  more(opinionMemory(header));
  return E.map((picture: Picture) => (harmless === undefined ? picture : pictureOf(harmless)))(secondOpinion(header, bytes));
};

/** Pixels of a whole JPEG, turned upright. Left: what is wrong with it, in words. */
export const decodeJpeg = (header: JpegHeader, how: JpegDecoding): E.Either<string, Picture> => {
  if (header.damage !== undefined) return E.left(header.damage);
  const bytes = writtenAnew(header);
  if (bytes === undefined) return E.left("it is damaged (a quantisation table that it names is missing)");
  return E.map((picture: Picture) => upright(picture, header.orientation))(decoded(header, bytes, { fast: usualTurbo(), ...how }));
};
