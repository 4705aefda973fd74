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

/** How many pictures a page holds at most: about two megabytes of them. */
const mostThumbs = 700;

/** Those of several runs for one page: runs on the same data show the same pictures, and the page holds each once. */
export const thumbsOf = (runs: readonly (readonly Thumb[])[]): readonly Thumbs[] => {
  const ids = new Map<string, string>();
  const idOf = (source: string): string | undefined => {
    if (!ids.has(source) && ids.size < mostThumbs) ids.set(source, `t${ids.size}`);
    return ids.get(source);
  };
  return runs.map(
    (pictures) =>
      new Map(
        pictures.flatMap((one) => {
          const source = `data:image/jpeg;base64,${Buffer.from(one.jpeg).toString("base64")}`;
          const id = idOf(source);
          return id === undefined ? [] : [[keyOf(one), { id, source }]];
        }),
      ),
  );
};

/** The id of a picture; undefined where the page has none of it. */
export const thumbOf = (thumbs: Thumbs, seen: Pick<Seen, "side" | "file">): string | undefined => thumbs.get(keyOf(seen))?.id;

/** Where a page keeps those of its runs. */
export const storeOf = (runs: readonly Thumbs[]): string => {
  const sources = new Map(runs.flatMap((thumbs) => [...thumbs.values()].map(({ id, source }) => [id, source] as const)));
  const images = [...sources].map(([id, source]) => `<image id="${id}" width="${thumbSide}" height="${thumbSide}" href="${source}"/>`);
  return images.length === 0 ? "" : `<svg class="store" aria-hidden="true"><defs>${images.join("")}</defs></svg>`;
};

/** A picture in sight; nothing where the page has none of it. What it shows is said beside it. */
export const shotOf = (thumbs: Thumbs, seen: Pick<Seen, "side" | "file">): string => {
  const id = thumbOf(thumbs, seen);
  return id === undefined ? "" : `<svg viewBox="0 0 ${thumbSide} ${thumbSide}" aria-hidden="true"><use href="#${inText(id)}"/></svg>`;
};
