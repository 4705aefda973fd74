/** Where a file's seal stands, and how it is put there; whoever has a SHA-256 does the rest (`seal.ts` in Node, a page by its browser). */

/** What stands for the seal in a file that is not sealed yet: the value of the key "seal" in JSON. */
export const unsealed = "0".repeat(64);

/** The seal is looked for in the first bytes of a file only. */
const reach = 256;

const place = /"seal":\s?"([^"]{64})"/;

const latin = new TextDecoder("latin1");

/** Position of the 64 digits, or -1. Within a JSON text a quote is escaped, so that no name or path can look like a seal. */
export const sealPosition = (bytes: Uint8Array): number => {
  const found = place.exec(latin.decode(bytes.subarray(0, reach)));
  return found === null ? -1 : found.index + found[0].length - 1 - unsealed.length;
};

/** The digits that stand at a position. */
export const digitsAt = (bytes: Uint8Array, position: number): string => latin.decode(bytes.subarray(position, position + unsealed.length));

const utf8 = new TextEncoder();

/** The bytes with `digits` in the place of the 64 zeros, in parts: what stands around them is not copied. */
export const withSeal = (bytes: Uint8Array, digitsOf: (position: number) => string): readonly Uint8Array[] => {
  const position = sealPosition(bytes);
  if (position < 0) throw new Error("seal: the first bytes have no place for it");
  return [bytes.subarray(0, position), utf8.encode(digitsOf(position)), bytes.subarray(position + unsealed.length)];
};
