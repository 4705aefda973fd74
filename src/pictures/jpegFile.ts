/**
 * A JPEG file, walked from segment to segment: what it holds that a picture needs, and whether it is whole. As viewers do, it is read
 * past what lies outside the picture: stray bytes between segments, no end marker, whatever follows the end.
 */
import * as E from "fp-ts/lib/Either.js";
import { exifOrientation } from "./exif.js";
import { blocksOf, type ColourModel, colourModelOf, type Frame, isFrame, readFrame, scanSize } from "./jpegFrame.js";
import {
  type HuffmanPlace,
  type HuffmanTable,
  huffmanTables,
  type QuantisationTable,
  quantisationTables,
  standardTables,
} from "./jpegTables.js";
import { leastBitsOfBlock, leastBitsOfMean, mostScans, mostSegments, mostVisits } from "./limits.js";

/** One pass through the picture, and the tables as they stand when it begins. */
export interface Scan {
  /** Components by their places in the frame, each with the places of its tables for means and for the others. */
  readonly parts: readonly { readonly component: number; readonly direct: HuffmanPlace; readonly alternating: HuffmanPlace }[];
  /** First and last coefficient, and bits that were sent before and that are left out. */
  readonly band: readonly [first: number, last: number, before: number, left: number];
  readonly huffman: ReadonlyMap<HuffmanPlace, HuffmanTable>;
  /** Coded units between restart markers, 0 for none. */
  readonly interval: number;
  readonly data: Uint8Array;
}

/** What a JPEG says of itself before its first pixel. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly frame: Frame;
  readonly colours: ColourModel;
  /** EXIF orientation, 1 to 8; 1 where the file does not say. */
  readonly orientation: number;
  readonly scans: readonly Scan[];
  /** By the places of components in the frame: each component's table, as it stands when its first scan begins. */
  readonly quantisation: readonly (QuantisationTable | undefined)[];
  /** Bytes of a file without its end marker: whether data is missing only the decoder can tell. */
  readonly endless: number | undefined;
  /** What is wrong with the file behind the frame header, if anything is. */
  readonly damage: string | undefined;
}

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const quantisationSegment = 0xdb;
const huffmanSegment = 0xc4;
const restartInterval = 0xdd;
const arithmeticConditions = 0xcc;
const jfifSegment = 0xe0;
const exifSegment = 0xe1;
const adobeSegment = 0xee;

const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

const startsWith = (content: Uint8Array, text: string): boolean =>
  [...text].every((letter, index) => content[index] === letter.charCodeAt(0));

/** Position of the next marker's code from `start` on, past stray and fill bytes; undefined where there is none. */
const nextMarker = (bytes: Uint8Array, start: number): number | undefined => {
  let position = bytes.indexOf(0xff, start);
  while (position >= 0 && position + 1 < bytes.length) {
    const next = bytes[position + 1];
    if (next !== 0xff && next !== 0) return position + 1;
    position = bytes.indexOf(0xff, position + 1);
  }
  return undefined;
};

/** Where entropy-coded data ends, and how many restart markers lie within. */
const skipScan = (bytes: Uint8Array, start: number): { readonly end: number; readonly restarts: number } => {
  let restarts = 0;
  let position = bytes.indexOf(0xff, start);
  while (position >= 0 && position + 1 < bytes.length) {
    const next = bytes[position + 1] ?? 0;
    if (next >= 0xd0 && next <= 0xd7) restarts += 1;
    else if (next !== 0x00 && next !== 0xff) return { end: position, restarts };
    position = bytes.indexOf(0xff, position + (next === 0xff ? 1 : 2));
  }
  return { end: bytes.length, restarts };
};

/** Bits of each coefficient that scans have not sent: 0 for all sent, undefined for nothing yet. [component][coefficient] */
type Sent = readonly (number | undefined)[][];

/** Components and band of a scan's header; undefined where it is damaged. */
const readScan = (frame: Frame, content: Uint8Array): Pick<Scan, "parts" | "band"> | undefined => {
  const count = content[0] ?? 0;
  if (count < 1 || count > 4 || content.length < 4 + 2 * count) return undefined;
  const parts = Array.from({ length: count }, (_, index) => {
    const [id, tables = 0] = content.subarray(1 + 2 * index);
    return { component: frame.components.findIndex((one) => one.id === id), direct: tables >> 4, alternating: 16 + (tables & 15) };
  });
  if (parts.some(({ component, direct, alternating }) => component < 0 || direct > 3 || alternating > 19)) return undefined;
  if (new Set(parts.map(({ component }) => component)).size < count) return undefined;
  if (!frame.progressive) return { parts, band: [0, 63, 0, 0] };
  const [first = 0, last = 0, bits = 0] = content.subarray(1 + 2 * count);
  const [before, left] = [bits >> 4, bits & 15];
  const isBand = first === 0 ? last === 0 : first <= last && last <= 63 && count === 1;
  return isBand && left <= 13 && (before === 0 || before === left + 1) ? { parts, band: [first, last, before, left] } : undefined;
};

/** Fewest bytes that a scan of so many blocks takes. */
const leastBytes = ({ progressive }: Frame, [first]: Scan["band"], blocks: number): number =>
  Math.ceil((blocks * (progressive ? (first === 0 ? leastBitsOfMean : 0) : leastBitsOfBlock)) / 8);

/** Walks the file from segment to segment. Left: why it cannot be decoded at all; a cut or damaged tail is in `damage`. */
export const readJpegHeader = (bytes: Uint8Array): E.Either<string, JpegHeader> => {
  let offset = 2;
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let interval = 0;
  let jfif = false;
  let adobe: number | undefined;
  let visits = 0;
  let huffman: ReadonlyMap<HuffmanPlace, HuffmanTable> = standardTables;
  let sent: Sent = [];
  const scans: Scan[] = [];
  const tables = new Map<number, QuantisationTable>();
  const quantisation: (QuantisationTable | undefined)[] = [];
  const cut = `the file is cut short (it ends after ${bytes.length} bytes, within the picture)`;

  const ended = (damage: string | undefined, endless = false): E.Either<string, JpegHeader> => {
    if (frame === undefined) return E.left(damage ?? "it has no frame header");
    const { width, height } = frame;
    const colours = colourModelOf(frame, { jfif, adobe });
    const found = damage ?? (scans.length === 0 ? "it holds no picture data" : undefined);
    // Until it ends a file may have more to say of any coefficient; without an end all must have been said.
    const missing = sent.some((bits) => (endless ? bits.some((left) => left !== 0) : bits[0] === undefined));
    return E.right({
      width,
      height,
      frame,
      colours,
      orientation: orientation ?? 1,
      scans,
      quantisation,
      endless: endless ? bytes.length : undefined,
      damage: found ?? (missing ? (endless ? cut : "part of its picture data is missing (a colour component has none)") : undefined),
    });
  };
  /** Nothing can be read from here on: the end, if the picture is there. */
  const broken = (what: string): E.Either<string, JpegHeader> => (scans.length > 0 ? ended(undefined, true) : ended(what));

  for (let segments = 0; ; segments++) {
    if (segments === mostSegments) return broken(`it has more than ${mostSegments} segments: save it again`);
    const code = nextMarker(bytes, offset);
    if (code === undefined) return broken(cut);
    const marker = bytes[code] as number;
    if (marker === endOfImage) return ended(undefined);
    if (standsAlone(marker)) {
      offset = code + 1;
      continue;
    }
    if (marker === startOfImage) return broken(`it is damaged at byte ${code - 1} (another picture begins before its data)`);
    const start = code + 3;
    const end = code + 1 + (((bytes[code + 1] ?? 0) << 8) | (bytes[code + 2] ?? 0));
    if (start > bytes.length || end > bytes.length) return broken(cut);
    if (end < start) return broken(`it is damaged at byte ${code - 1} (a segment without length)`);
    const content = bytes.subarray(start, end);
    offset = end;

    if (marker === jfifSegment) jfif ||= content.length >= 14 && startsWith(content, "JFIF\0");
    else if (marker === exifSegment) orientation ??= exifOrientation(content);
    else if (marker === adobeSegment) adobe = content.length >= 12 && startsWith(content, "Adobe") ? content[11] : adobe;
    else if (marker === restartInterval && content.length >= 2) interval = ((content[0] ?? 0) << 8) | (content[1] ?? 0);
    else if (marker === arithmeticConditions)
      return E.left("it is an arithmetic-coded JPEG, which is not read: save it as a baseline JPEG");
    else if (marker === quantisationSegment) {
      const read = quantisationTables(content);
      if (read === undefined) return broken("its quantisation tables are damaged");
      for (const [place, table] of read) tables.set(place, table);
    } else if (marker === huffmanSegment) {
      const read = huffmanTables(content);
      if (read === undefined) return broken("its Huffman tables are damaged");
      huffman = new Map([...huffman, ...read]);
    } else if (isFrame(marker)) {
      if (frame !== undefined) return broken("it is damaged (a second frame header)");
      const read = readFrame(marker, content);
      if (E.isLeft(read)) return read;
      frame = read.right;
      sent = frame.components.map(() => Array.from({ length: 64 }, () => undefined));
    } else if (marker === startOfScan) {
      if (frame === undefined) return ended("it is damaged (picture data before the frame header)");
      const scan = readScan(frame, content);
      if (scan === undefined) return broken("it is damaged (a scan without sense)");
      const { parts, band } = scan;
      const { end: dataEnd, restarts } = skipScan(bytes, end);
      const components = parts.flatMap(({ component }) => frame?.components[component] ?? []);
      const { units, blocks } = scanSize(frame, components);
      visits += blocks;
      if (scans.length === mostScans || visits > mostVisits * blocksOf(frame))
        return ended(`it goes over its picture more often than pictures do (the limit is ${mostScans} scans): save it again`);
      const data = bytes.subarray(end, dataEnd);
      if (data.length < leastBytes(frame, band, blocks))
        return ended(
          dataEnd === bytes.length
            ? cut
            : `its ${data.length} bytes of picture data cannot hold the ${frame.width} x ${frame.height} pixels that its header gives it`,
        );
      const expected = interval === 0 ? 0 : Math.ceil(units / interval) - 1;
      if (restarts < expected)
        return ended(
          dataEnd === bytes.length ? cut : `part of its picture data is missing (${restarts} of ${expected} restart markers found)`,
        );
      for (const { component } of parts) {
        quantisation[component] ??= tables.get(frame.components[component]?.table ?? -1);
        sent[component]?.fill(band[3], band[0], band[1] + 1);
      }
      // An interval of a whole scan and more is none: the decoder would read on for the units that are not there.
      scans.push({ parts, band, huffman, interval: interval >= units ? 0 : interval, data });
      offset = dataEnd;
    }
  }
};
