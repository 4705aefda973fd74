/**
 * The seal of a file: the SHA-256 of all its bytes, written near its beginning; 64 zeros stand in its place while it is taken. A file
 * with a bit that fell over, a piece missing or a number changed by hand no longer agrees with it.
 */
import { createHash } from "node:crypto";
import { digitsAt, sealPosition, unsealed, withSeal } from "./sealPlace.js";

export { unsealed } from "./sealPlace.js";

/** What a file says of itself: `absent` where it has no seal. */
export type Sealed = "whole" | "broken" | "absent";

const sumAround = (bytes: Uint8Array, position: number): string =>
  createHash("sha256")
    .update(bytes.subarray(0, position))
    .update(unsealed)
    .update(bytes.subarray(position + unsealed.length))
    .digest("hex");

/** The bytes with their seal in the place of the 64 zeros, in parts: what stands around it is not copied. */
export const sealed = (bytes: Uint8Array): readonly Uint8Array[] => withSeal(bytes, (position) => sumAround(bytes, position));

/** Whether a file is what was written. */
export const sealOf = (bytes: Uint8Array): Sealed => {
  const position = sealPosition(bytes);
  if (position < 0) return "absent";
  return digitsAt(bytes, position) === sumAround(bytes, position) ? "whole" : "broken";
};
