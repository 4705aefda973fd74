/** What an image file is, by its content and whatever its name says. */

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, index) => bytes[index] === byte);

export const formatOf = (bytes: Uint8Array): "jpeg" | "png" | "other" =>
  startsWith(bytes, [0xff, 0xd8, 0xff]) ? "jpeg" : startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) ? "png" : "other";

const known: readonly (readonly [string, readonly number[]])[] = [
  ["a GIF", [0x47, 0x49, 0x46, 0x38]],
  ["a BMP", [0x42, 0x4d]],
  ["a WebP", [0x52, 0x49, 0x46, 0x46]],
  ["a TIFF", [0x49, 0x49, 0x2a]],
  ["a TIFF", [0x4d, 0x4d, 0x00, 0x2a]],
  ["a PDF", [0x25, 0x50, 0x44, 0x46]],
  ["a web page", [0x3c]],
];

/** In words. */
export const nameOfContent = (bytes: Uint8Array): string =>
  bytes.length === 0 ? "empty" : `${known.find(([, magic]) => startsWith(bytes, magic))?.[0] ?? "no image"} by its content`;
