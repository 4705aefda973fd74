/**
 * The seal of a file: the SHA-256 of all its bytes, written near its beginning; 64 zeros stand in its place while it is taken. A file
 * with a bit that fell over, a piece missing or a number changed by hand no longer agrees with it.
 */
import { createHash } from "node:crypto";

/** What a file says of itself: `absent` where it has no seal. */
export type Sealed = "whole" | "broken" | "absent";

/** What stands for the seal in a file that is not sealed yet: the value of the key "seal" in JSON. */
export const unsealed = "0".repeat(64);

/** The seal is looked for in the first bytes of a file only. */
const reach = 256;

const place = /"seal":\s?"([^"]{64})"/;

const latin = new TextDecoder("latin1");

/** Position of the 64 digits, or -1. Within a JSON text a quote is escaped, so that no name or path can look like a seal. */
const positionIn = (bytes: Uint8Array): number => {
  const found = place.exec(latin.decode(bytes.subarray(0, reach)));
  return found === null ? -1 : found.index + found[0].length - 1 - unsealed.length;
};

const utf8 = new TextEncoder();

const sumAround = (bytes: Uint8Array, position: number): string =>
  createHash("sha256")
    .update(bytes.subarray(0, position))
    .update(unsealed)
    .update(bytes.subarray(position + unsealed.length))
    .digest("hex");

/** The bytes with their seal in the place of the 64 zeros, in parts: what stands around it is not copied. */
export const sealed = (bytes: Uint8Array): readonly Uint8Array[] => {
  const position = positionIn(bytes);
  if (position < 0) throw new Error("seal: the first bytes have no place for it");
  return [bytes.subarray(0, position), utf8.encode(sumAround(bytes, position)), bytes.subarray(position + unsealed.length)];
};

/** Whether a file is what was written. */
export const sealOf = (bytes: Uint8Array): Sealed => {
  const position = positionIn(bytes);
  if (position < 0) return "absent";
  return latin.decode(bytes.subarray(position, position + unsealed.length)) === sumAround(bytes, position) ? "whole" : "broken";
};
