/** PNG: its pixels as 8-bit RGB, laid down row by row as they are inflated, so that nothing is kept but the picture itself. */
import * as E from "fp-ts/lib/Either.js";
import { outOfMemory } from "./memory.js";
import { type Picture, upright } from "./picture.js";
import { toRgb } from "./pngColours.js";
import { type PngHeader, rowBytes } from "./pngFile.js";
import { readRows, type TakeRow, turnMemory } from "./pngRows.js";
import { type Reduction, reducedSide } from "./reduction.js";

/** What decoding takes of memory at its height, in bytes: what the inflater has in hand, the pixels, also turned, and sums of those to be. */
export const pngMemory = (header: PngHeader, reduction: Reduction): number =>
  Math.min(turnMemory, 3 * rowBytes(header)) +
  (reduction === 1 ? 6 : 12) * reducedSide(header.width, reduction) * reducedSide(header.height, reduction);

/** Where rows go, and the picture that they made. */
interface Canvas {
  readonly take: TakeRow;
  readonly pixels: () => Uint8Array;
}

/** Every pixel in its place. */
const wholeCanvas = (header: PngHeader): Canvas => {
  const { width, height } = header;
  const rgb = toRgb(header);
  const pixels = new Uint8Array(3 * width * height);
  const row = new Uint8Array(3 * width);
  return {
    take: (samples, { left, top, across, down, width: count }, index) => {
      const start = 3 * ((top + down * index) * width + left);
      if (across === 1) return rgb(samples, count, pixels.subarray(start));
      rgb(samples, count, row);
      for (let x = 0, to = start; x < count; x++, to += 3 * across) pixels.set(row.subarray(3 * x, 3 * x + 3), to);
    },
    pixels: () => pixels,
  };
};

/** Each pixel the mean of as many as there are in its square, to the nearest byte: what Pillow calls `reduce`. */
const reducedCanvas = (header: PngHeader, reduction: Reduction): Canvas => {
  const rgb = toRgb(header);
  const [width, height] = [reducedSide(header.width, reduction), reducedSide(header.height, reduction)];
  const bits = Math.log2(reduction);
  // 64 bytes of 255 are within 16 bits.
  const sums = new Uint16Array(3 * width * height);
  const row = new Uint8Array(3 * header.width);
  return {
    take: (samples, { left, top, across, down, width: count }, index) => {
      const start = 3 * width * ((top + down * index) >> bits);
      rgb(samples, count, row);
      for (let x = 0, from = 0; x < count; x++, from += 3) {
        const to = start + 3 * ((left + across * x) >> bits);
        sums[to] = (sums[to] as number) + (row[from] as number);
        sums[to + 1] = (sums[to + 1] as number) + (row[from + 1] as number);
        sums[to + 2] = (sums[to + 2] as number) + (row[from + 2] as number);
      }
    },
    pixels: () => {
      const pixels = new Uint8Array(sums.length);
      for (let y = 0, at = 0; y < height; y++) {
        const rows = Math.min(reduction, header.height - y * reduction);
        for (let x = 0; x < width; x++) {
          const count = rows * Math.min(reduction, header.width - x * reduction);
          for (let channel = 0; channel < 3; channel++, at++) pixels[at] = ((sums[at] as number) + (count >> 1)) / count;
        }
      }
      return pixels;
    },
  };
};

/** Pixels of a whole PNG of 1, 2, 4, 8 or 16 bits, turned upright: grey, palette or colour, transparency laid over white. */
export const decodePng = (header: PngHeader, reduction: Reduction): E.Either<string, Picture> => {
  if (header.damage !== undefined) return E.left(header.damage);
  try {
    const { take, pixels } = reduction === 1 ? wholeCanvas(header) : reducedCanvas(header, reduction);
    const damage = readRows(header, take);
    if (damage !== undefined) return E.left(damage);
    const [width, height] = [reducedSide(header.width, reduction), reducedSide(header.height, reduction)];
    return E.right(upright({ width, height, pixels: pixels() }, header.orientation));
  } catch (thrown) {
    return E.left(outOfMemory(thrown) ?? "its picture data is damaged (it does not decompress to its end)");
  }
};
