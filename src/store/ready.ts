/** One picture file made ready for the store: read, hashed, decoded, turned upright and resized to a square. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../faults/index.js";
import { readBytes } from "../files/index.js";
import { openImage, type Resample, type ResizeFilter, resample, resized, tooLarge } from "../pictures/index.js";
import { type Take, unshared } from "../workers/index.js";

/** How pictures are made ready. */
export interface Readying {
  /** Side of the stored square, in pixels. */
  readonly side: number;
  readonly filter: ResizeFilter;
  /** Most pixels of the file's picture. */
  readonly maxPixels: number;
}

export interface ReadyJob {
  readonly path: string;
  readonly readying: Readying;
  /** The hash of the content whose pixels are at hand already: it is not decoded again. */
  readonly known: string | undefined;
  /** Not to be decoded now: what is asked is the hash of its content, and whether its header lets it be decoded. */
  readonly look?: boolean;
}

export type Ready =
  | { readonly kind: "decoded"; readonly hash: string; readonly pixels: Uint8Array }
  | { readonly kind: "known" }
  | { readonly kind: "seen"; readonly hash: string }
  | { readonly kind: "bad"; readonly why: string };

/** 128 bits of SHA-256, in hexadecimal: enough that no two files of a data set share them. */
export const contentHash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 32);

/** A fault's words without the file that it is about: who lists files names them himself. */
const whyOf = (path: string, { message }: Fault): string => (message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message);

/**
 * A file larger than any picture within the limits is not read, and `take` is asked for the memory before anything is decoded:
 * where several threads decode at once, large pictures wait for each other. `resampled` may be a faster `resample`.
 */
export const madeReady = (
  { path, readying, known, look = false }: ReadyJob,
  take: Take = unshared,
  resampled: Resample = resample,
): Ready => {
  const bad = (fault: Fault): Ready => ({ kind: "bad", why: whyOf(path, fault) });
  const large = tooLarge(path, statSync(path, { throwIfNoEntry: false })?.size ?? 0, readying.maxPixels);
  if (large !== undefined) return bad(large);
  const bytes = readBytes(path);
  if (E.isLeft(bytes)) return bad(bytes.left);
  const hash = contentHash(bytes.right);
  if (hash === known) return { kind: "known" };
  const opened = openImage(bytes.right, path, readying.maxPixels, readying.side);
  if (E.isLeft(opened)) return bad(opened.left);
  if (look) return { kind: "seen", hash };
  let giveBack = take(opened.right.memory);
  const picture = opened.right.decode((needed) => {
    giveBack();
    giveBack = take(needed);
  });
  const ready: Ready = E.isLeft(picture)
    ? bad(picture.left)
    : { kind: "decoded", hash, pixels: resized(picture.right, readying.side, readying.side, readying.filter, resampled).pixels };
  giveBack();
  return ready;
};

/** The answer for a file whose thread died over it. */
export const lostInThread = (_: ReadyJob, reason: string): Ready => ({
  kind: "bad",
  why: `decoding it failed (${reason}). Replace or remove the file.`,
});
