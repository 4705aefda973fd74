/** What a file is by its first bytes and whatever its name says: for faults over a file of another kind than was wanted. */

const ascii = (text: string): readonly number[] => Array.from(text, (character) => character.charCodeAt(0));

const begins = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, index) => bytes[index] === byte);

const known: readonly (readonly [string, readonly number[]])[] = [
  ["a JPEG", [0xff, 0xd8, 0xff]],
  ["a PNG", [0x89, ...ascii("PNG\r\n\x1a\n")]],
  ["a GIF", ascii("GIF8")],
  ["a WebP", ascii("RIFF")],
  ["a TIFF", ascii("II*")],
  ["a TIFF", ascii("MM\0*")],
  ["a PDF", ascii("%PDF")],
  ["a NumPy array", [0x93, ...ascii("NUMPY")]],
  ["a Parquet table", ascii("PAR1")],
  ["an Arrow table", ascii("ARROW1")],
  ["an HDF5 file", ascii("\x89HDF")],
  ["an SQLite database", ascii("SQLite format 3")],
  ["a zip archive", ascii("PK\x03\x04")],
];

/** Short ones, which other files may begin with by chance. */
const likely: readonly (readonly [string, readonly number[]])[] = [
  ["a BMP", ascii("BM")],
  ["a gzip archive", [0x1f, 0x8b]],
  ["a web page", ascii("<")],
];

/** The eight bytes of a header's length, and the object that the header is. */
const isSafetensors = (bytes: Uint8Array): boolean => bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0;

/** So much of a file tells whether it is text. */
const looked = 64;

const isText = (bytes: Uint8Array): boolean =>
  bytes.length > 0 && bytes.subarray(0, looked).every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));

/** In words: "a JPEG", "a text file"; undefined where nothing is known of it. */
export const contentOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.length === 0) return "empty";
  const among = (list: typeof known): string | undefined => list.find(([, magic]) => begins(bytes, magic))?.[0];
  return among(known) ?? (isSafetensors(bytes) ? "a safetensors file" : (among(likely) ?? (isText(bytes) ? "a text file" : undefined)));
};
