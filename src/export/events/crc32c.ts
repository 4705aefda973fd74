/** CRC-32C (Castagnoli; RFC 3720), and the mask that TFRecord puts over it. */

/** Of each byte, by the polynomial with its bits in reverse. */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

export const crc32c = (bytes: Uint8Array): number => {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ (remainders[(rest ^ byte) & 255] as number);
  return (rest ^ 0xffffffff) >>> 0;
};

/** A checksum of data that hold checksums is weak: it is turned by 15 bits and shifted. */
export const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
