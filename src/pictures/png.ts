/**
 * PNG: what the header says, whether the file is whole, and its pixels (decoded by fast-png) as 8-bit RGB, transparency over white.
 */
import { type DecodedPng, decode } from "fast-png";
import { Unzlib } from "fflate";
import * as E from "fp-ts/lib/Either.js";
import { reasonOf } from "../faults/index.js";
import type { Picture } from "./picture.js";

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** Samples a pixel in the file: 1 grey or palette index, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  readonly interlaced: boolean;
  readonly damage: string | undefined;
  readonly compressed: readonly Uint8Array[];
}

const channelsOfColourType = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

const chunkName = (bytes: Uint8Array, offset: number): string => String.fromCharCode(...bytes.subarray(offset, offset + 4));

/** Walks the chunks up to IEND. Left: why it cannot be decoded at all; a cut tail is in `damage`. */
export const readPngHeader = (bytes: Uint8Array): E.Either<string, PngHeader> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || chunkName(bytes, 12) !== "IHDR") return E.left("the file is cut short or damaged (no complete header)");
  const [width, height, depth, interlaced] = [view.getUint32(16), view.getUint32(20), view.getUint8(24), view.getUint8(28) === 1];
  const channels = channelsOfColourType.get(view.getUint8(25));
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth) || width === 0 || height === 0) return E.left("its header is damaged");
  const compressed: Uint8Array[] = [];
  const header = { width, height, depth, channels, interlaced, compressed };
  for (let offset = 8; ; ) {
    if (offset + 12 > bytes.length)
      return E.right({ ...header, damage: `the file is cut short (it ends after ${bytes.length} bytes without its last chunk)` });
    const length = view.getUint32(offset);
    const name = chunkName(bytes, offset + 4);
    if (offset + 12 + length > bytes.length)
      return E.right({
        ...header,
        damage: `the file is cut short (its ${name} chunk needs ${offset + 12 + length} bytes, it has ${bytes.length})`,
      });
    if (name === "IDAT") compressed.push(bytes.subarray(offset + 8, offset + 8 + length));
    if (name === "IEND") return E.right({ ...header, damage: compressed.length === 0 ? "it holds no picture data" : undefined });
    offset += 12 + length;
  }
};

/** Bytes of filtered rows that the compressed data must hold: one filter byte a row, and the seven passes of Adam7. */
const rawSize = ({ width, height, depth, channels, interlaced }: PngHeader): number => {
  const rows = (w: number, h: number): number => (w === 0 || h === 0 ? 0 : h * (1 + Math.ceil((w * depth * channels) / 8)));
  if (!interlaced) return rows(width, height);
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  return passes.reduce(
    (sum, [x, y, dx, dy]) => sum + rows(Math.max(0, Math.ceil((width - x) / dx)), Math.max(0, Math.ceil((height - y) / dy))),
    0,
  );
};

/** Input of one turn of the inflater: a bomb has then grown by no more than a thousand times this before it is found out. */
const turnBytes = 1 << 14;

/** How many bytes compressed parts give, counted up to `most` and no further. Throws what is wrong with them. */
const inflatedSize = (parts: readonly Uint8Array[], most: number): number => {
  let size = 0;
  const inflater = new Unzlib((rows) => {
    size += rows.length;
  });
  for (const part of parts)
    for (let from = 0; from < part.length && size <= most; from += turnBytes) inflater.push(part.subarray(from, from + turnBytes), false);
  if (size <= most) inflater.push(new Uint8Array(0), true);
  return size;
};

/** The compressed data must give exactly the rows of the header: neither a cut stream nor a bomb behind a small header. */
const checkRows = (header: PngHeader): string | undefined => {
  const expected = rawSize(header);
  try {
    const size = inflatedSize(header.compressed, expected);
    return size === expected
      ? undefined
      : size > expected
        ? `its picture data is larger than its header says (${expected} bytes)`
        : `its picture data gives ${size} bytes where ${expected} belong`;
  } catch (thrown) {
    return `its picture data is damaged (${reasonOf(thrown)})`;
  }
};

/** One sample at (row, position in the row) of any depth, as stored. Rows of less than 8 bits a sample start on a whole byte. */
const sampleOf = ({ data, depth, width, channels }: DecodedPng): ((row: number, position: number) => number) => {
  const perRow = width * channels;
  if (depth >= 8) return (row, position) => data[row * perRow + position] ?? 0;
  const bytesPerRow = Math.ceil((perRow * depth) / 8);
  const mask = (1 << depth) - 1;
  return (row, position) => {
    const bit = position * depth;
    return ((data[row * bytesPerRow + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & mask;
  };
};

const overWhite = (value: number, alpha: number): number => Math.round(255 + (value - 255) * alpha);

const toRgb = (png: DecodedPng): Picture => {
  const { width, height, depth, channels, palette, transparency } = png;
  const sample = sampleOf(png);
  const scale = 255 / (2 ** depth - 1);
  const pixels = new Uint8Array(width * height * 3);
  const put = (pixel: number, red: number, green: number, blue: number, alpha: number): void => {
    pixels[3 * pixel] = overWhite(red, alpha);
    pixels[3 * pixel + 1] = overWhite(green, alpha);
    pixels[3 * pixel + 2] = overWhite(blue, alpha);
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      const first = sample(y, x * channels);
      if (palette) {
        const [red = 0, green = 0, blue = 0, alpha = 255] = palette[first] ?? [];
        put(pixel, red, green, blue, alpha / 255);
      } else if (channels <= 2) {
        const alpha = channels === 2 ? sample(y, 2 * x + 1) * scale : first === transparency?.[0] ? 0 : 255;
        put(pixel, first * scale, first * scale, first * scale, alpha / 255);
      } else {
        const [green, blue] = [sample(y, x * channels + 1), sample(y, x * channels + 2)];
        const keyed = transparency !== undefined && first === transparency[0] && green === transparency[1] && blue === transparency[2];
        const alpha = channels === 4 ? sample(y, 4 * x + 3) * scale : keyed ? 0 : 255;
        put(pixel, first * scale, green * scale, blue * scale, alpha / 255);
      }
    }
  return { width, height, pixels };
};

/** Pixels of a whole PNG of 1, 2, 4, 8 or 16 bits: grey, palette or colour, transparency laid over white. */
export const decodePng = (bytes: Uint8Array, header: PngHeader): E.Either<string, Picture> => {
  if (header.damage !== undefined) return E.left(header.damage);
  if (header.interlaced && header.depth < 8)
    return E.left(`it is interlaced with ${header.depth} bits a sample, which the decoder does not read: save it without interlacing`);
  const damage = checkRows(header);
  if (damage !== undefined) return E.left(damage);
  return E.tryCatch(
    () => toRgb(decode(bytes, { checkCrc: true })),
    (thrown) => `it is damaged (${reasonOf(thrown)})`,
  );
};
