/** What an image file is, by its content and whatever its name says. */
import { contentOf } from "../faults/index.js";

const formats: Readonly<Record<string, "jpeg" | "png">> = { "a JPEG": "jpeg", "a PNG": "png" };

export const formatOf = (bytes: Uint8Array): "jpeg" | "png" | "other" => formats[contentOf(bytes) ?? ""] ?? "other";

/** In words. */
export const nameOfContent = (bytes: Uint8Array): string =>
  bytes.length === 0 ? "empty" : `${contentOf(bytes) ?? "no image"} by its content`;
