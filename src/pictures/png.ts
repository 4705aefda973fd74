/**
 * PNG: its pixels as 8-bit RGB, decoded by fast-png, transparency over white. The decoder gets header and picture data alone: what else
 * a file holds it would inflate without a limit, or refuse the picture for.
 */
import { decode } from "fast-png";
import { Unzlib } from "fflate";
import * as E from "fp-ts/lib/Either.js";
import { joined } from "./bytes.js";
import { mostInflation } from "./limits.js";
import { outOfMemory } from "./memory.js";
import { type Picture, upright } from "./picture.js";
import { type PngHeader, rowBytes } from "./pngFile.js";

/** Input of one turn of an inflater: a bomb has then grown by no more than a thousand times this before it is found out. */
const turnBytes = 1 << 15;

/** However small the parts are that the file has it in. */
const inTurns = (compressed: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(compressed.length / turnBytes) }, (_, turn) =>
    compressed.subarray(turn * turnBytes, (turn + 1) * turnBytes),
  );

/** How many bytes compressed parts give, counted up to `most` and no further; undefined where they are no such data. */
const inflatedSize = (turns: readonly Uint8Array[], most: number): { readonly size: number; readonly whole: boolean } => {
  let size = 0;
  const inflater = new Unzlib((rows) => {
    size += rows.length;
  });
  try {
    for (const turn of turns) if (size <= most) inflater.push(turn, false);
    if (size <= most) inflater.push(new Uint8Array(0), true);
    return { size, whole: true };
  } catch {
    return { size, whole: false };
  }
};

/** The compressed data must give exactly the rows of the header: neither a cut stream nor a bomb behind a small header. */
const checkRows = (header: PngHeader, turns: readonly Uint8Array[]): string | undefined => {
  const expected = rowBytes(header);
  const given = turns.reduce((sum, turn) => sum + turn.length, 0);
  const short = header.endless ? "the file is cut short (it ends within the picture)" : undefined;
  if (given * mostInflation < expected)
    return short ?? `its ${given} bytes of picture data cannot hold the ${header.width} x ${header.height} pixels that its header gives it`;
  const { size, whole } = inflatedSize(turns, expected);
  if (size > expected) return `its picture data is larger than its header says (${expected} bytes)`;
  if (!whole) return short ?? "its picture data is damaged (it does not decompress to its end)";
  return size === expected ? undefined : (short ?? `its picture data gives ${size} bytes where ${expected} belong`);
};

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** The file for the decoder, of chunks without checksums: it is not asked to look at them. */
const writtenAnew = (header: PngHeader, turns: readonly Uint8Array[]): Uint8Array => {
  const chunks: readonly (readonly [string, Uint8Array])[] = [
    ["IHDR", header.content],
    ...turns.map((turn) => ["IDAT", turn] as const),
    ["IEND", new Uint8Array(0)],
  ];
  const bytes = new Uint8Array(chunks.reduce((sum, [, content]) => sum + 12 + content.length, signature.length));
  const view = new DataView(bytes.buffer);
  bytes.set(signature);
  let at = signature.length;
  for (const [name, content] of chunks) {
    view.setUint32(at, content.length);
    for (let index = 0; index < 4; index++) bytes[at + 4 + index] = name.charCodeAt(index);
    bytes.set(content, at + 8);
    at += 12 + content.length;
  }
  return bytes;
};

type Rows = Pick<PngHeader, "width" | "height" | "depth" | "channels" | "palette" | "transparency"> & {
  /** Samples as stored, filters undone. */
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
};

/** One sample at (row, position in the row) of any depth, as stored. Rows of less than 8 bits a sample start on a whole byte. */
const sampleOf = ({ data, depth, width, channels }: Rows): ((row: number, position: number) => number) => {
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

/** RGB of each index of a palette, transparency over white; an index without a colour is black. */
const laidPalette = (palette: Uint8Array, alphas: Uint8Array | undefined): Uint8Array =>
  Uint8Array.from({ length: 768 }, (_, index) => overWhite(palette[index] ?? 0, (alphas?.[Math.floor(index / 3)] ?? 255) / 255));

const fromPalette = (rows: Rows, palette: Uint8Array): Uint8Array => {
  const { width, height } = rows;
  const [sample, colours] = [sampleOf(rows), laidPalette(palette, rows.transparency)];
  const pixels = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = 3 * sample(y, x);
      pixels[to++] = colours[from] as number;
      pixels[to++] = colours[from + 1] as number;
      pixels[to++] = colours[from + 2] as number;
    }
  return pixels;
};

/** 8-bit RGB and alpha: alpha is 255 nearly everywhere. */
const fromRgba = ({ width, height, data }: Rows): Uint8Array => {
  const pixels = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
    const alpha = data[from + 3] as number;
    for (let channel = 0; channel < 3; channel++)
      pixels[to + channel] = alpha === 255 ? (data[from + channel] as number) : overWhite(data[from + channel] as number, alpha / 255);
  }
  return pixels;
};

/** Every other type: grey of any depth, 16 bits, one colour that is transparent. */
const fromSamples = (rows: Rows): Uint8Array => {
  const { width, height, depth, channels, transparency } = rows;
  const sample = sampleOf(rows);
  const scale = 255 / (2 ** depth - 1);
  const colours = channels <= 2 ? 1 : 3;
  const clear =
    transparency && Array.from({ length: colours }, (_, k) => ((transparency[2 * k] ?? 0) << 8) | (transparency[2 * k + 1] ?? 0));
  const pixels = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const first = x * channels;
      const [red, green, blue] =
        colours === 1
          ? [sample(y, first), sample(y, first), sample(y, first)]
          : [sample(y, first), sample(y, first + 1), sample(y, first + 2)];
      const keyed = clear !== undefined && red === clear[0] && (colours === 1 || (green === clear[1] && blue === clear[2]));
      const alpha = channels % 2 === 0 ? (sample(y, first + colours) * scale) / 255 : keyed ? 0 : 1;
      pixels[to++] = overWhite(red * scale, alpha);
      pixels[to++] = overWhite(green * scale, alpha);
      pixels[to++] = overWhite(blue * scale, alpha);
    }
  return pixels;
};

const toRgb = (rows: Rows): Picture => {
  const { width, height, depth, channels, palette, transparency, data } = rows;
  const pixels =
    palette !== undefined
      ? fromPalette(rows, palette)
      : depth === 8 && channels === 3 && transparency === undefined && data instanceof Uint8Array
        ? data
        : depth === 8 && channels === 4
          ? fromRgba(rows)
          : fromSamples(rows);
  return { width, height, pixels };
};

/** Pixels of a whole PNG of 1, 2, 4, 8 or 16 bits, turned upright: grey, palette or colour, transparency laid over white. */
export const decodePng = (header: PngHeader): E.Either<string, Picture> => {
  if (header.damage !== undefined) return E.left(header.damage);
  if (header.interlaced && header.depth < 8)
    return E.left(`it is interlaced with ${header.depth} bits a sample, which is not read: save it without interlacing`);
  const turns = inTurns(joined(header.compressed));
  const damage = checkRows(header, turns);
  if (damage !== undefined) return E.left(damage);
  return E.tryCatch(
    () => upright(toRgb({ ...header, data: decode(writtenAnew(header, turns)).data }), header.orientation),
    (thrown) => outOfMemory(thrown) ?? "its picture data is damaged (its rows name filters that there are not)",
  );
};
