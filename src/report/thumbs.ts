/** Small pictures in a page: each is there once, and shown wherever it is used. */
import { inText } from "./html.js";
import type { Seen } from "./looked.js";

/** A small picture as a JPEG file. */
export interface Thumb extends Pick<Seen, "side" | "file"> {
  readonly jpeg: Uint8Array;
}

/** The number of each picture in its page, and its address there: data of its own. */
export type Thumbs = ReadonlyMap<string, { readonly id: string; readonly source: string }>;

export const noThumbs: Thumbs = new Map();

const keyOf = ({ side, file }: Pick<Seen, "side" | "file">): string => `${side} ${file}`;

/** Pixels of a side. */
export const thumbSide = 48;

/** `prefix` keeps those of one run apart from another's. */
export const thumbsOf = (prefix: string, pictures: readonly Thumb[]): Thumbs =>
  new Map(
    pictures.map((one, index) => [
      keyOf(one),
      { id: `${prefix}-${index}`, source: `data:image/jpeg;base64,${Buffer.from(one.jpeg).toString("base64")}` },
    ]),
  );

/** The id of a picture; undefined where the page has none of it. */
export const thumbOf = (thumbs: Thumbs, seen: Pick<Seen, "side" | "file">): string | undefined => thumbs.get(keyOf(seen))?.id;

/** Where a page keeps them. */
export const storeOf = (thumbs: Thumbs): string =>
  thumbs.size === 0
    ? ""
    : `<svg class="store" aria-hidden="true"><defs>${[...thumbs.values()].map(({ id, source }) => `<image id="${id}" width="${thumbSide}" height="${thumbSide}" href="${source}"/>`).join("")}</defs></svg>`;

/** A picture in sight; nothing where the page has none of it. What it shows is said beside it. */
export const shotOf = (thumbs: Thumbs, seen: Pick<Seen, "side" | "file">): string => {
  const id = thumbOf(thumbs, seen);
  return id === undefined ? "" : `<svg viewBox="0 0 ${thumbSide} ${thumbSide}" aria-hidden="true"><use href="#${inText(id)}"/></svg>`;
};
