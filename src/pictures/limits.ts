/**
 * What a picture may cost. Every limit is judged by what a file says of itself, before anything of it is decoded; a picture within
 * them costs what a real one of its size costs. Each stands here with its reason.
 */
import * as E from "fp-ts/lib/Either.js";

/** Most pixels of a picture where nobody says otherwise: phones take 48 megapixels (8064 x 6048), cameras 50 (8688 x 5792). */
export const defaultMaxPixels = 52_000_000;

/** Longest side, in pixels: a JPEG cannot say more, and a longer PNG is millions of rows of nothing, each with a price of its own. */
export const longestSide = 65_535;

/** Most scans of a JPEG. Progressive ones have about ten; each visits every block once more. */
export const mostScans = 64;

/**
 * Most visits of a block of 8 x 8 samples by scans, on average. The usual ten scans visit each block five times; a script that sends
 * every bit of the first coefficients by itself stays below twenty.
 */
export const mostVisits = 24;

/** Most segments of a JPEG. The largest profiles take 255, and a segment holds up to 64 KiB. */
export const mostSegments = 4096;

/** Most chunks of a PNG. Encoders put a few kibibytes of picture data into each. */
export const mostChunks = 200_000;

/** Most bytes of a file for each pixel allowed: one of 8-bit colour that is not compressed at all has three. */
export const fileBytesPerPixel = 3;

/** Most bytes of a PNG's rows for each pixel allowed: 8-bit colour with transparency. Of 16 bits there may be half as many pixels. */
export const rowBytesPerPixel = 4;

/** A block of a sequential JPEG needs a code for its mean and one for the end of the block, of a bit or more each. */
export const leastBitsOfBlock = 2;

/** The same in the first scan of a progressive JPEG, and in those that refine it: the mean alone. */
export const leastBitsOfMean = 1;

/** Deflate makes at most 258 bytes of two bits. */
export const mostInflation = 1032;

/** A picture of more pixels than this is decoded at a half, a quarter or an eighth of its size where that is enough for what it becomes. */
export const largePixels = 20_000_000;

/**
 * How many times the square that a large picture becomes its shorter side stays, at the least. Pillow's thumbnails keep twice; three
 * times is what its documentation calls nearly indistinguishable from a fair resampling.
 */
export const reducedSides = 3;

/** Most pixels of a JPEG that a second, slower decoder is asked about: it takes 32 bytes for each, and several times as long. */
export const mostOpinionPixels = 8_000_000;

/** Most bytes of a file that is looked at with this limit on pixels. */
export const maxFileBytes = (maxPixels: number): number => fileBytesPerPixel * Math.max(maxPixels, 1_000_000);

const megapixels = (pixels: number): string => {
  const millions = pixels / 1e6;
  return `${millions < 10 ? Number(millions.toPrecision(2)) : Math.round(millions)} megapixels`;
};

/** What size a picture may have. Left: in words, with the limit. */
export const withinLimits =
  (maxPixels: number) =>
  <P extends { readonly width: number; readonly height: number }>(picture: P): E.Either<string, P> => {
    const { width, height } = picture;
    if (width * height > maxPixels)
      return E.left(
        `it is ${width} x ${height} pixels (${megapixels(width * height)}); the limit is ${megapixels(maxPixels)}: make it smaller, or allow more with {maxPixels}`,
      );
    return Math.max(width, height) > longestSide
      ? E.left(`it is ${width} x ${height} pixels; a side may have ${longestSide}: make it smaller`)
      : E.right(picture);
  };
