/**
 * One image file made ready for the packed cache: read, hashed, decoded, turned upright and resized to a square.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { codeOf, reasonOf } from "../faults/index.js";
import { decodeImage, type ResizeFilter, resized } from "../pictures/index.js";

export interface StoreSettings {
  /** Side of the stored square, in pixels. */
  readonly side: number;
  readonly filter: ResizeFilter;
  readonly maxPixels: number;
}

export interface StoreJob {
  readonly path: string;
  readonly settings: StoreSettings;
  /** SHA-256 of the content whose pixels are at hand already: it is not decoded again. */
  readonly known: string | undefined;
}

export type Stored =
  | { readonly kind: "decoded"; readonly hash: string; readonly pixels: Uint8Array }
  | { readonly kind: "known" }
  | { readonly kind: "bad"; readonly message: string };

export const storeImage = ({ path, settings, known }: StoreJob): Stored => {
  const bytes = E.tryCatch(
    () => readFileSync(path),
    (thrown) => `${path}: cannot be read (${codeOf(thrown) || reasonOf(thrown)}). Check its permissions.`,
  );
  if (E.isLeft(bytes)) return { kind: "bad", message: bytes.left };
  const hash = createHash("sha256").update(bytes.right).digest("hex");
  if (hash === known) return { kind: "known" };
  const picture = decodeImage(bytes.right, path, settings.maxPixels);
  return E.isLeft(picture)
    ? { kind: "bad", message: picture.left.message }
    : { kind: "decoded", hash, pixels: resized(picture.right, settings.side, settings.side, settings.filter).pixels };
};
