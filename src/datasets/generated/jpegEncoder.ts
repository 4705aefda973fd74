/**
 * A baseline JPEG encoder (ITU-T T.81), colours not subsampled, the standard's typical luminance codes for all three components.
 * It exists because the pictures must have the same bytes everywhere, and quickly: only exactly rounded arithmetic, no set-up a picture.
 */
import type { Picture } from "../../pictures/index.js";
import { clamp, cosine } from "./exact.js";

/** Table K.1 and K.2: quantisation at quality 50, row by row. */
const luminance = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, 18, 22,
  37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const chrominanceCorner = [17, 18, 24, 47, 18, 21, 26, 66, 24, 26, 56, 99, 47, 66, 99, 99];
const chrominance = luminance.map((_, position) =>
  position >> 3 < 4 && (position & 7) < 4 ? (chrominanceCorner[(position >> 3) * 4 + (position & 7)] ?? 99) : 99,
);

/** Positions of an 8 x 8 block in the order of its diagonals, turning at each end (figure A.6). */
const zigzag: readonly number[] = Array.from({ length: 64 }, (_, position) => position).sort((a, b) => {
  const [da, db] = [(a >> 3) + (a & 7), (b >> 3) + (b & 7)];
  return da !== db ? da - db : da % 2 === 1 ? a - b : b - a;
});

/** Tables K.3 and K.5: how many codes there are of 1 to 16 bits, and the symbols in the order of their codes. */
const directCounts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const directSymbols = Array.from({ length: 12 }, (_, symbol) => symbol);
const alternatingCounts = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125];
const alternatingSymbols = [
  ...Buffer.from(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a" +
      "636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4" +
      "e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
    "hex",
  ),
];

interface Codes {
  readonly code: Uint16Array;
  readonly length: Uint8Array;
}

/** The code of each symbol (annex C): counted upwards, a bit appended whenever the length grows. */
const codesOf = (counts: readonly number[], symbols: readonly number[]): Codes => {
  const codes = { code: new Uint16Array(256), length: new Uint8Array(256) };
  let [code, used] = [0, 0];
  counts.forEach((count, index) => {
    for (let k = 0; k < count; k++) {
      const symbol = symbols[used++] as number;
      codes.code[symbol] = code++;
      codes.length[symbol] = index + 1;
    }
    code *= 2;
  });
  return codes;
};

const directCodes = codesOf(directCounts, directSymbols);
const alternatingCodes = codesOf(alternatingCounts, alternatingSymbols);

/** basis[frequency * 8 + position] of the orthonormal cosine transform (A.3.3). */
const basis = Float64Array.from({ length: 64 }, (_, index) => {
  const [frequency, position] = [index >> 3, index & 7];
  return (frequency === 0 ? Math.sqrt(1 / 8) : 0.5) * (frequency === 0 ? 1 : cosine(((2 * position + 1) * frequency * Math.PI) / 16));
});

/** Step sizes at a quality from 1 to 100, by the Independent JPEG Group's formula. */
const scaled = (table: readonly number[], quality: number): readonly number[] => {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return table.map((step) => clamp(Math.floor((step * percent + 50) / 100), 1, 255));
};

/** The transform of a block of samples, divided by the step sizes and rounded, in zigzag order. */
const quantised = (block: Float64Array, steps: readonly number[], scratch: Float64Array, into: Int32Array): void => {
  for (let row = 0; row < 8; row++)
    for (let frequency = 0; frequency < 8; frequency++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (block[row * 8 + x] as number) * (basis[frequency * 8 + x] as number);
      scratch[row * 8 + frequency] = sum;
    }
  for (let index = 0; index < 64; index++) {
    const position = zigzag[index] as number;
    const [frequency, column] = [position >> 3, position & 7];
    let sum = 0;
    for (let y = 0; y < 8; y++) sum += (scratch[y * 8 + column] as number) * (basis[frequency * 8 + y] as number);
    into[index] = Math.round(sum / (steps[position] as number));
  }
};

interface BitWriter {
  readonly put: (bits: number, count: number) => void;
  readonly bytes: number[];
}

/** Bits, the highest first; a zero byte follows each byte of ones. */
const bitWriter = (): BitWriter => {
  const bytes: number[] = [];
  let [held, count] = [0, 0];
  return {
    bytes,
    put: (bits, length) => {
      held = (held << length) | bits;
      count += length;
      while (count >= 8) {
        const byte = (held >>> (count - 8)) & 0xff;
        bytes.push(byte);
        if (byte === 0xff) bytes.push(0);
        count -= 8;
        held &= (1 << count) - 1;
      }
    },
  };
};

const bitLength = (value: number): number => 32 - Math.clz32(Math.abs(value));

/** A symbol with the size of the value, then the value's bits: negative ones as value - 1 (F.1.2). */
const putValue = (writer: BitWriter, codes: Codes, run: number, value: number): void => {
  const size = bitLength(value);
  const symbol = run * 16 + size;
  writer.put(codes.code[symbol] as number, codes.length[symbol] as number);
  if (size > 0) writer.put(value < 0 ? value + 2 ** size - 1 : value, size);
};

const putBlock = (writer: BitWriter, block: Int32Array, previous: number): void => {
  putValue(writer, directCodes, 0, (block[0] as number) - previous);
  let zeros = 0;
  for (let index = 1; index < 64; index++) {
    const value = block[index] as number;
    if (value === 0) {
      zeros += 1;
      continue;
    }
    for (; zeros > 15; zeros -= 16) writer.put(alternatingCodes.code[0xf0] as number, alternatingCodes.length[0xf0] as number);
    putValue(writer, alternatingCodes, zeros, value);
    zeros = 0;
  }
  if (zeros > 0) putValue(writer, alternatingCodes, 0, 0);
};

const segment = (marker: number, content: readonly number[]): readonly number[] => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 0xff,
  ...content,
];

/** Y, Cb and Cr of a pixel, around 0 (ITU-T T.871): weights of red, green and blue, and the offset. */
const components = [
  [0.299, 0.587, 0.114, -128],
  [-0.168735892, -0.331264108, 0.5, 0],
  [0.5, -0.418687589, -0.081312411, 0],
] as const;

/** JPEG bytes of a picture at a quality from 1 to 100. */
export const encodeJpeg = ({ width, height, pixels }: Picture, quality: number): Uint8Array => {
  const tables = [scaled(luminance, quality), scaled(chrominance, quality)] as const;
  const writer = bitWriter();
  const [block, scratch, coefficients] = [new Float64Array(64), new Float64Array(64), new Int32Array(64)];
  const previous = [0, 0, 0];
  for (let top = 0; top < height; top += 8)
    for (let left = 0; left < width; left += 8)
      components.forEach(([red, green, blue, offset], component) => {
        for (let position = 0; position < 64; position++) {
          const [x, y] = [Math.min(width - 1, left + (position & 7)), Math.min(height - 1, top + (position >> 3))];
          const at = 3 * (y * width + x);
          block[position] = red * (pixels[at] as number) + green * (pixels[at + 1] as number) + blue * (pixels[at + 2] as number) + offset;
        }
        quantised(block, component === 0 ? tables[0] : tables[1], scratch, coefficients);
        putBlock(writer, coefficients, previous[component] as number);
        previous[component] = coefficients[0] as number;
      });
  writer.put(0x7f, 7);
  const inZigzag = (table: readonly number[]): readonly number[] => zigzag.map((position) => table[position] as number);
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segment(0xdb, [0, ...inZigzag(tables[0]), 1, ...inZigzag(tables[1])]),
    ...segment(0xc0, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3, ...[1, 0x11, 0], ...[2, 0x11, 1], ...[3, 0x11, 1]]),
    ...segment(0xc4, [0x00, ...directCounts, ...directSymbols, 0x10, ...alternatingCounts, ...alternatingSymbols]),
    ...segment(0xda, [3, ...[1, 0], ...[2, 0], ...[3, 0], 0, 63, 0]),
    ...writer.bytes,
    ...[0xff, 0xd9],
  ]);
};
