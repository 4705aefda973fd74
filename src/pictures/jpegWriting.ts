/**
 * A JPEG written anew from what was found in a file: nothing but the frame, tables and scans, so that a decoder has nothing to guess.
 * Where a file is cut it meets the end marker too early, and says so; in the file itself it would read on in silence.
 */
import { joined } from "./bytes.js";
import type { JpegHeader, Scan } from "./jpegFile.js";
import type { ColourModel } from "./jpegFrame.js";
import type { HuffmanTable } from "./jpegTables.js";

const segment = (marker: number, ...content: readonly ArrayLike<number>[]): readonly Uint8Array[] => {
  const length = 2 + content.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.of(0xff, marker, length >> 8, length & 0xff), ...content.map((part) => Uint8Array.from(part))];
};

/** Adobe's number for what was done to colours. A grey file has no such segment. */
const transforms: Readonly<Record<Exclude<ColourModel, "grey">, number>> = { rgb: 0, cmyk: 0, ycc: 1, ycck: 2 };

/** "Adobe", version, two words of flags, transform. */
const adobeSegment = (transform: number): readonly Uint8Array[] =>
  segment(0xee, [0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform]);

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

/** The file for a decoder: components named 1, 2, .. in their order, each with a quantisation table of its own; undefined without one. */
export const writtenAnew = ({ frame, colours, quantisation, scans }: JpegHeader): Uint8Array | undefined => {
  const tables = frame.components.flatMap((_, index) => quantisation[index] ?? []);
  if (tables.length < frame.components.length) return undefined;
  const { width, height, progressive, components } = frame;
  const last = { tables: new Map<number, HuffmanTable>(), interval: 0 };
  const parts = [
    Uint8Array.of(0xff, 0xd8),
    ...(colours === "grey" ? [] : adobeSegment(transforms[colours])),
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
