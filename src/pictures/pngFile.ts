/**
 * A PNG file, walked from chunk to chunk: the header, the picture data, and the few other chunks that change what is seen. As viewers do,
 * it is read past what lies outside the picture: unknown or damaged ancillary chunks, no last chunk, whatever follows it. Profiles
 * and texts are never inflated.
 */
import * as E from "fp-ts/lib/Either.js";
import { tiffOrientation } from "./exif.js";
import { mostChunks, rowBytesPerPixel } from "./limits.js";

/** What a PNG says of itself before its first pixel. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** Samples a pixel in the file: 1 grey or palette index, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  readonly interlaced: boolean;
  /** RGB of each colour; undefined where samples are colours themselves. */
  readonly palette: Uint8Array | undefined;
  /** What is transparent: an alpha for each colour of the palette, or the one grey or colour that is, in 16-bit words. */
  readonly transparency: Uint8Array | undefined;
  /** EXIF orientation, 1 to 8; 1 where the file does not say. */
  readonly orientation: number;
  /** The file ends, or becomes unreadable, before its last chunk. */
  readonly endless: boolean;
  readonly damage: string | undefined;
  readonly compressed: readonly Uint8Array[];
}

interface ColourType {
  readonly channels: number;
  readonly depths: readonly number[];
}

const palettes = 3;

const colourTypes: ReadonlyMap<number, ColourType> = new Map([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [palettes, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);

const remainders = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder & 1) === 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
  return remainder;
});

/** The checksum of a chunk, over its name and content (PNG, annex D). */
export const crc32 = (bytes: Uint8Array): number => {
  let remainder = -1;
  for (let index = 0; index < bytes.length; index++)
    remainder = (remainders[(remainder ^ (bytes[index] as number)) & 0xff] as number) ^ (remainder >>> 8);
  return ~remainder >>> 0;
};

const nameAt = (bytes: Uint8Array, offset: number): string => String.fromCharCode(...bytes.subarray(offset, offset + 4));

interface Chunk {
  readonly name: string;
  readonly content: Uint8Array;
  /** All of it is in the file. */
  readonly whole: boolean;
  readonly sound: () => boolean;
  /** Where the next one begins. */
  readonly end: number;
}

/** The chunk at a position; undefined where the file has no room for one. */
const chunkAt = (bytes: Uint8Array, view: DataView, offset: number): Chunk | undefined => {
  if (offset + 8 > bytes.length) return undefined;
  const name = nameAt(bytes, offset + 4);
  const contentEnd = offset + 8 + view.getUint32(offset);
  const whole = contentEnd + 4 <= bytes.length;
  return {
    name,
    content: bytes.subarray(offset + 8, contentEnd),
    whole,
    sound: () => whole && crc32(bytes.subarray(offset + 4, contentEnd)) === view.getUint32(contentEnd),
    end: contentEnd + 4,
  };
};

/** Chunks that a picture can be seen without say so in a bit of their name, whatever else it is. */
const isAncillary = (name: string): boolean => (name.charCodeAt(0) & 0x20) !== 0;

/** Transparency that fits its colour type; what does not is passed over, as libpng does. */
const fitting = (colourType: number, palette: Uint8Array | undefined, content: Uint8Array): Uint8Array | undefined => {
  const { length } = content;
  const fits = colourType === palettes ? length > 0 && 3 * length <= (palette?.length ?? 0) : length === { 0: 2, 2: 6 }[colourType];
  return fits ? content : undefined;
};

const damagedHeader = E.left("its header is damaged");

/** Walks the chunks up to IEND. Left: why it cannot be decoded at all; a cut or damaged tail is in `damage`. */
export const readPngHeader = (bytes: Uint8Array): E.Either<string, PngHeader> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = chunkAt(bytes, view, 8);
  if (first?.name === "CgBI") return E.left("it is a PNG in Apple's own form (CgBI), which is not read: save it as an ordinary PNG");
  if (first?.name !== "IHDR" || !first.whole) return E.left("the file is cut short or damaged (no complete header)");
  if (first.content.length !== 13 || !first.sound()) return damagedHeader;
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth = 0, colourType = 0, compression, filter, interlace = 0] = first.content.subarray(8);
  const type = colourTypes.get(colourType);
  if (type === undefined || !type.depths.includes(depth) || width === 0 || height === 0) return damagedHeader;
  if (compression !== 0 || filter !== 0 || interlace > 1) return damagedHeader;

  const compressed: Uint8Array[] = [];
  let [palette, transparency]: readonly (Uint8Array | undefined)[] = [];
  let orientation = 1;
  let damage: string | undefined;
  let chunk = chunkAt(bytes, view, first.end);
  for (let chunks = 0; chunk !== undefined && chunk.name !== "IEND"; chunk = chunkAt(bytes, view, chunk.end), chunks++) {
    const { name, content, whole } = chunk;
    if (chunks === mostChunks) return E.left(`it has more than ${mostChunks} chunks: save it again`);
    const before = compressed.length === 0;
    if (name === "IDAT") {
      compressed.push(content);
      if (whole && !chunk.sound()) damage ??= "its picture data is damaged (its checksum is another)";
    } else if (!whole) break;
    else if (name === "PLTE") {
      // In other types it is a suggestion for screens of few colours.
      if (colourType !== palettes || !before) continue;
      if (content.length === 0 || content.length > 768 || content.length % 3 !== 0 || !chunk.sound()) damage ??= "its palette is damaged";
      palette = content;
    } else if (name === "tRNS") transparency = before && chunk.sound() ? fitting(colourType, palette, content) : transparency;
    else if (name === "eXIf") orientation = chunk.sound() ? tiffOrientation(content) : orientation;
    else if (/^[A-Za-z]{4}$/.test(name) && !isAncillary(name))
      damage ??= `it has a chunk "${name}", which is not known and cannot be passed over: save it again`;
    else if (!isAncillary(name)) break;
  }
  const endless = chunk?.name !== "IEND";
  const cut = `the file is cut short (it ends after ${bytes.length} bytes, within the picture)`;
  if (compressed.length === 0) damage ??= endless ? cut : "it holds no picture data";
  if (colourType === palettes && palette === undefined) damage ??= "its palette is missing";
  const { channels } = type;
  const header = { width, height, depth, channels, interlaced: interlace === 1 };
  return E.right({ ...header, palette, transparency, orientation, endless, damage, compressed });
};

/** Where the seven passes of Adam7 begin, and their steps. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Rows of every `down`-th row and every `across`-th pixel. */
export interface Pass {
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
  /** Pixels of a row, and rows: 1 or more. */
  readonly width: number;
  readonly height: number;
}

/** In the order of the picture data: one, or those of an interlaced picture that have pixels. */
export const passesOf = ({ width, height, interlaced }: PngHeader): readonly Pass[] =>
  (interlaced ? adam7 : [[0, 0, 1, 1] as const])
    .map(([left, top, across, down]) => {
      const [w, h] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
      return { left, top, across, down, width: w, height: h };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);

/** Bytes of a row's samples. */
export const bytesOfPass = ({ depth, channels }: PngHeader, pass: Pass): number => Math.ceil((pass.width * depth * channels) / 8);

/** Bytes of filtered rows that the compressed data must hold: one filter byte a row, and the passes of an interlaced picture. */
export const rowBytes = (header: PngHeader): number =>
  passesOf(header).reduce((sum, pass) => sum + pass.height * (1 + bytesOfPass(header, pass)), 0);

/** Left: the rows of a PNG of many bits take too much. */
export const withinRows =
  (maxPixels: number) =>
  (header: PngHeader): E.Either<string, PngHeader> =>
    (header.width * header.height * header.channels * header.depth) / 8 > rowBytesPerPixel * maxPixels
      ? E.left(
          `its ${header.width} x ${header.height} pixels of ${header.channels} x ${header.depth} bits take too much memory: save it with 8 bits a sample, or allow more with {maxPixels}`,
        )
      : E.right(header);
