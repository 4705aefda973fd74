/** Files that cost more than they seem to, and odd ones that do not, each made here from the formats' specifications. */
import { encode as encodePng } from "fast-png";
import { zlibSync } from "fflate";
import { encodeJpeg } from "#mdr/datasets/index.js";
import { joined } from "#mdr/pictures/bytes.js";
import { crc32, type Picture } from "#mdr/pictures/index.js";

export interface Bomb {
  readonly name: string;
  readonly make: () => Uint8Array;
}

const words = (value: number): readonly number[] => [(value >> 8) & 255, value & 255];
const doubles = (value: number): readonly number[] => [...words(value >>> 16), ...words(value & 0xffff)];
const segment = (marker: number, content: readonly number[]): readonly number[] => [0xff, marker, ...words(content.length + 2), ...content];

interface Made {
  readonly width: number;
  readonly height: number;
  readonly components?: number;
  readonly progressive?: boolean;
  /** Bytes of a scan of zeros; as many as whole blocks of nothing need when left out. */
  readonly data?: number;
  /** What the scan is filled with. */
  readonly fill?: number;
  readonly before?: readonly ArrayLike<number>[];
  /** How often the last scan is sent. */
  readonly times?: number;
  readonly sampling?: number;
}

/** A table of two codes of a bit, for nothing: blocks cost two bits each, the least that there is. */
const shortTables = segment(0xc4, [0, 1, ...Array.from({ length: 15 }, () => 0), 0, 0x10, 1, ...Array.from({ length: 15 }, () => 0), 0]);

/** A JPEG of black or grey blocks, as small as its size allows. */
const jpeg = ({
  width,
  height,
  components = 3,
  progressive = false,
  data,
  fill = 0,
  before = [],
  times = 1,
  sampling = 0x11,
}: Made): Uint8Array => {
  const ids = Array.from({ length: components }, (_, index) => index + 1);
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8) * components;
  const scanHead = (own: readonly number[], band: readonly number[]): readonly number[] =>
    segment(0xda, [own.length, ...own.flatMap((id) => [id, 0]), ...band]);
  const scan = new Uint8Array(data ?? Math.ceil((blocks * (progressive ? 1 : 2)) / 8) + 1).fill(fill);
  const last = joined([scanHead([1], [1, 63, 0]), new Uint8Array(Math.ceil(blocks / components / 8) + 1)]);
  return joined([
    [0xff, 0xd8],
    ...before,
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]),
    segment(progressive ? 0xc2 : 0xc0, [
      8,
      ...words(height),
      ...words(width),
      components,
      ...ids.flatMap((id) => [id, id === 1 ? sampling : 0x11, 0]),
    ]),
    shortTables,
    scanHead(ids, progressive ? [0, 0, 0] : [0, 63, 0]),
    scan,
    ...(progressive ? Array.from({ length: times }, () => last) : []),
    [0xff, 0xd9],
  ]);
};

const chunk = (name: string, content: ArrayLike<number>): Uint8Array => {
  const named = joined([[...name].map((letter) => letter.charCodeAt(0)), content]);
  return joined([doubles(content.length), named, doubles(crc32(named))]);
};

interface MadePng {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  readonly type?: number;
  readonly interlaced?: boolean;
  /** Bytes before compression, all zero. */
  readonly rows: number;
  readonly more?: readonly Uint8Array[];
}

const png = ({ width, height, depth = 8, type = 2, interlaced = false, rows, more = [] }: MadePng): Uint8Array =>
  joined([
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    chunk("IHDR", [...doubles(width), ...doubles(height), depth, type, 0, 0, interlaced ? 1 : 0]),
    ...more,
    chunk("IDAT", zlibSync(new Uint8Array(rows), { level: 9 })),
    chunk("IEND", []),
  ]);

const noise = (width: number, height: number): Picture => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 24),
});

const gigabyte = (name: string): Uint8Array =>
  png({ width: 1, height: 1, rows: 4, more: [chunk(name, joined([[65, 0, 0], zlibSync(new Uint8Array(1e9), { level: 9 })]))] });

const nothing = (count: number): Uint8Array => joined(Array.from({ length: count }, () => chunk("zzZz", [])));

/** What is measured, in this order. */
export const bombs: readonly Bomb[] = [
  { name: "jpeg 500 x 375, noise: an ordinary picture", make: () => encodeJpeg(noise(500, 375), 80) },
  { name: "jpeg of 3 KB that says 6300 x 6300", make: () => jpeg({ width: 6300, height: 6300, data: 3000 }) },
  { name: "jpeg that says 65535 x 65535", make: () => jpeg({ width: 65_535, height: 65_535, data: 3000 }) },
  { name: "jpeg of 65535 x 1", make: () => jpeg({ width: 65_535, height: 1 }) },
  { name: "jpeg of 1 x 65535, sampled 4 x 4", make: () => jpeg({ width: 1, height: 65_535, sampling: 0x44, data: 100_000 }) },
  { name: "jpeg 6300 x 6300, damaged from its first byte", make: () => jpeg({ width: 6300, height: 6300, fill: 0xff }) },
  { name: "jpeg 8064 x 6048 of nothing, in one component", make: () => jpeg({ width: 8064, height: 6048, components: 1 }) },
  { name: "jpeg 8064 x 6048 of nothing, in three", make: () => jpeg({ width: 8064, height: 6048 }) },
  {
    name: "jpeg of 1000 x 1000 in 3000 scans",
    make: () => jpeg({ width: 1000, height: 1000, components: 1, progressive: true, times: 3000 }),
  },
  { name: "jpeg of 1000 x 1000 in 20 scans", make: () => jpeg({ width: 1000, height: 1000, components: 1, progressive: true, times: 20 }) },
  {
    name: "jpeg with 100,000 comments",
    make: () => jpeg({ width: 64, height: 64, before: [joined(Array.from({ length: 1e5 }, () => segment(0xfe, [])))] }),
  },
  {
    name: "jpeg with 4000 Huffman tables",
    make: () => jpeg({ width: 64, height: 64, before: [joined(Array.from({ length: 4000 }, () => shortTables))] }),
  },
  {
    name: "jpeg with 20 MB between its segments",
    make: () => jpeg({ width: 64, height: 64, before: [segment(0xfe, []), new Uint8Array(2e7)] }),
  },
  { name: "jpeg with 20 MB of fill bytes", make: () => jpeg({ width: 64, height: 64, before: [new Uint8Array(2e7).fill(0xff)] }) },
  { name: "jpeg, 20 MB behind its end", make: () => joined([jpeg({ width: 64, height: 64 }), new Uint8Array(2e7)]) },
  { name: "png whose profile is a gigabyte", make: () => gigabyte("iCCP") },
  { name: "png whose text is a gigabyte", make: () => gigabyte("zTXt") },
  { name: "png of 40,000,000 x 1", make: () => png({ width: 4e7, height: 1, type: 0, rows: 4e7 + 1 }) },
  { name: "png of 1 x 40,000,000", make: () => png({ width: 1, height: 4e7, type: 0, rows: 8e7 }) },
  { name: "png of 65535 x 1", make: () => png({ width: 65_535, height: 1, rows: 3 * 65_535 + 1 }) },
  { name: "png of 1 x 1 with a gigabyte of rows", make: () => png({ width: 1, height: 1, rows: 1e9 }) },
  { name: "png that says 7000 x 7000, of one row", make: () => png({ width: 7000, height: 7000, rows: 21_001 }) },
  {
    name: "png of 7000 x 7000, 16 bits, transparent",
    make: () => png({ width: 7000, height: 7000, depth: 16, type: 6, rows: 7000 * 56_001 }),
  },
  { name: "png of 7000 x 7000 of nothing", make: () => png({ width: 7000, height: 7000, rows: 7000 * 21_001 }) },
  { name: "png of 7000 x 7000, a bit a pixel", make: () => png({ width: 7000, height: 7000, depth: 1, type: 0, rows: 7000 * 876 }) },
  { name: "png with 250,000 empty chunks", make: () => png({ width: 1, height: 1, rows: 4, more: [nothing(250_000)] }) },
  { name: "png with 100,000 empty chunks", make: () => png({ width: 1, height: 1, rows: 4, more: [nothing(100_000)] }) },
  {
    name: "png 500 x 375, noise: an ordinary picture",
    make: () => encodePng({ ...noise(500, 375), channels: 3, data: noise(500, 375).pixels }),
  },
];
