/** The tables of a JPEG: quantisation and Huffman, read from their segments, and the standard's own for files that leave them out. */

/** A quantisation table as stored: its 64 numbers in zigzag order, of one byte each or of two. */
export interface QuantisationTable {
  readonly wide: boolean;
  readonly content: Uint8Array;
}

/** How many codes there are of 1 to 16 bits, then the symbols in the order of their codes. */
export type HuffmanTable = Uint8Array;

/** Where a Huffman table is kept, as segments say it: 0 to 3 for means, 16 to 19 for the other coefficients. */
export type HuffmanPlace = number;

/** Which tables a segment sets, in its order; undefined where it is damaged. */
export const quantisationTables = (content: Uint8Array): readonly (readonly [number, QuantisationTable])[] | undefined => {
  const tables: (readonly [number, QuantisationTable])[] = [];
  for (let at = 0; at < content.length; ) {
    const [precision, place] = [(content[at] ?? 0) >> 4, (content[at] ?? 0) & 15];
    const length = 64 * (precision + 1);
    if (precision > 1 || place > 3 || at + 1 + length > content.length) return undefined;
    tables.push([place, { wide: precision === 1, content: content.subarray(at + 1, at + 1 + length) }]);
    at += 1 + length;
  }
  return tables;
};

/** Codes of each length must leave room for the longer ones. */
const isPrefixCode = (counts: Uint8Array): boolean => {
  let room = 1;
  for (const count of counts) {
    room = 2 * room - count;
    if (room < 0) return false;
  }
  return true;
};

/** Which tables a segment sets, in its order; undefined where it is damaged. */
export const huffmanTables = (content: Uint8Array): readonly (readonly [HuffmanPlace, HuffmanTable])[] | undefined => {
  const tables: (readonly [HuffmanPlace, HuffmanTable])[] = [];
  for (let at = 0; at < content.length; ) {
    const place = content[at] ?? 0;
    const counts = content.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    if ((place & 0xec) !== 0 || end > content.length || end > at + 17 + 256 || !isPrefixCode(counts)) return undefined;
    tables.push([place, content.subarray(at + 1, end)]);
    at = end;
  }
  return tables;
};

const bytesOf = (hexadecimal: string): Uint8Array =>
  Uint8Array.from({ length: hexadecimal.length / 2 }, (_, index) => Number.parseInt(hexadecimal.slice(2 * index, 2 * index + 2), 16));

/** ITU-T T.81, tables K.3 to K.6. Frames of a webcam's film (MJPEG) rely on them without saying so. */
export const standardTables: ReadonlyMap<HuffmanPlace, HuffmanTable> = new Map([
  [0x00, bytesOf("00010501010101010100000000000000000102030405060708090a0b")],
  [0x01, bytesOf("00030101010101010101010000000000000102030405060708090a0b")],
  [
    0x10,
    bytesOf(
      "0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a2526272829" +
        "2a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9" +
        "aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
    ),
  ],
  [
    0x11,
    bytesOf(
      "00020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a2627" +
        "28292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7" +
        "a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
    ),
  ],
]);
