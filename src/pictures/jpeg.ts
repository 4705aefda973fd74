/**
 * JPEG: its pixels, decoded by jpeg-js. The decoder gets a file written anew from what was found in the one given: nothing but the frame,
 * tables and scans, so that it has nothing to guess. Where a file is cut it meets the end marker too early, and says so; in the file
 * itself it would read on in silence and fill the rest with grey.
 */
import * as E from "fp-ts/lib/Either.js";
import jpeg from "jpeg-js";
import { joined } from "./bytes.js";
import type { JpegHeader, Scan } from "./jpegFile.js";
import { blocksOf } from "./jpegFrame.js";
import type { HuffmanTable } from "./jpegTables.js";
import { outOfMemory } from "./memory.js";
import { type Picture, upright } from "./picture.js";

const segment = (marker: number, ...content: readonly ArrayLike<number>[]): readonly Uint8Array[] => {
  const length = 2 + content.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.of(0xff, marker, length >> 8, length & 0xff), ...content.map((part) => Uint8Array.from(part))];
};

/** "Adobe", version, two words of flags, no transform: jpeg-js reads four components with it alone, and is told of a transform apart. */
const adobeSegment = segment(0xee, [0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0]);

/** A scan, and those of its tables that the scans before it have left otherwise. `last` is kept up to date. */
const scanSegments = (
  { parts, band: [first, final, before, left], huffman, interval, data }: Scan,
  last: { readonly tables: Map<number, HuffmanTable>; interval: number },
): readonly Uint8Array[] => {
  const used = new Set(parts.flatMap(({ direct, alternating }) => [direct, alternating]));
  const fresh = [...huffman].filter(([place, table]) => used.has(place) && last.tables.get(place) !== table);
  for (const [place, table] of fresh) last.tables.set(place, table);
  const restarts = interval === last.interval ? [] : segment(0xdd, [interval >> 8, interval & 0xff]);
  last.interval = interval;
  const selectors = parts.flatMap(({ component, direct, alternating }) => [component + 1, (direct << 4) | (alternating - 16)]);
  return [
    ...fresh.flatMap(([place, table]) => segment(0xc4, [place], table)),
    ...restarts,
    ...segment(0xda, [parts.length, ...selectors, first, final, (before << 4) | left]),
    data,
  ];
};

/** The file for the decoder: components named 1, 2, .. in their order, each with a quantisation table of its own; undefined without one. */
const writtenAnew = ({ frame, quantisation, scans }: JpegHeader): Uint8Array | undefined => {
  const tables = frame.components.flatMap((_, index) => quantisation[index] ?? []);
  if (tables.length < frame.components.length) return undefined;
  const { width, height, progressive, components } = frame;
  const last = { tables: new Map<number, HuffmanTable>(), interval: 0 };
  const parts = [
    Uint8Array.of(0xff, 0xd8),
    ...(components.length === 4 ? adobeSegment : []),
    ...tables.flatMap(({ wide, content }, index) => segment(0xdb, [(wide ? 16 : 0) + index], content)),
    ...segment(
      progressive ? 0xc2 : 0xc1,
      [8, height >> 8, height & 0xff, width >> 8, width & 0xff, components.length],
      components.flatMap(({ across, down }, index) => [index + 1, (across << 4) | down, index]),
    ),
    ...scans.flatMap((scan) => scanSegments(scan, last)),
    Uint8Array.of(0xff, 0xd9),
  ];
  return joined(parts);
};

/** Bytes that jpeg-js takes for a block of coefficients, measured: 256 of numbers, the rest to keep them as an array of their own. */
const bytesOfBlock = 420;

/** Bytes for each pixel beside the blocks: samples, two copies of the colours, and one more to turn them. */
const bytesOfPixel = 12;

/** What decoding takes of memory at its height, in bytes. */
export const jpegMemory = ({ width, height, frame }: JpegHeader): number => bytesOfBlock * blocksOf(frame) + bytesOfPixel * width * height;

/** Pixels of a whole JPEG, turned upright. Left: what is wrong with it, in words. */
export const decodeJpeg = (header: JpegHeader): E.Either<string, Picture> => {
  const { damage, endless, colours, orientation } = header;
  if (damage !== undefined) return E.left(damage);
  const bytes = writtenAnew(header);
  if (bytes === undefined) return E.left("it is damaged (a quantisation table that it names is missing)");
  return E.map(({ width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array }) =>
    upright({ width, height, pixels: data }, orientation),
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
      (thrown) =>
        outOfMemory(thrown) ??
        (endless === undefined
          ? "its picture data is damaged (it does not decode to its end)"
          : `the file is cut short (it ends after ${endless} bytes, within the picture)`),
    ),
  );
};
