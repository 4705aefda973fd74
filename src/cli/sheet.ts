/** A page with small pictures of what was looked for and what was found. It holds all that it shows: no file beside it, no script. */
import { join } from "node:path";
import { encode } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { readAtMost } from "../files/index.js";
import { defaultMaxPixels, fitted, maxFileBytes, openImage } from "../pictures/index.js";
import { inText } from "../report/index.js";
import type { Match } from "../search/index.js";

export interface Shown {
  readonly path: string;
  readonly caption: string;
}

export interface Sheet {
  readonly likes: readonly Shown[];
  readonly unlikes: readonly Shown[];
  readonly matches: readonly Match[];
  /** What there is to know of the answer, a line each. */
  readonly remarks: readonly string[];
}

/** Longest side of a small picture, in pixels. */
const side = 144;

/** A picture as a page holds it, or words in its place where it cannot be read any more. */
const image = (path: string): string =>
  pipe(
    readAtMost(path, maxFileBytes(defaultMaxPixels)),
    E.chain((bytes) => openImage(bytes, path, defaultMaxPixels, side)),
    E.chain((undecoded) => undecoded.decode()),
    E.map((picture) => fitted(picture, side, "lanczos")),
    E.match(
      () => `<span class="gone">cannot be shown</span>`,
      ({ width, height, pixels }) =>
        `<img width="${width}" height="${height}" alt="" src="data:image/png;base64,${Buffer.from(encode({ width, height, data: pixels, channels: 3 })).toString("base64")}">`,
    ),
  );

const figure = (path: string, caption: string, kind = ""): string =>
  `<figure${kind === "" ? "" : ` class="${kind}"`}>${image(path)}<figcaption>${caption}</figcaption></figure>`;

const style =
  "body{font:14px system-ui,sans-serif;margin:1.5rem}main,header{display:flex;flex-wrap:wrap;gap:1rem;align-items:end}" +
  "header{border-bottom:1px solid #999;padding-bottom:1rem;margin-bottom:1rem}figure{margin:0;max-width:160px}" +
  "figcaption{overflow-wrap:anywhere}.not{opacity:.5}.gone{display:inline-block;width:144px;color:#a00}b{display:block}";

/** The page: what was looked for first, then what was found below `root`, each with its distance. */
export const contactPage = (root: string, { likes, unlikes, matches, remarks }: Sheet): string =>
  [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>mdr search</title><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><style>${style}</style></head><body>`,
    ...remarks.map((line) => `<p>${inText(line)}</p>`),
    "<header>",
    ...likes.map(({ path, caption }) => figure(path, `<b>like</b>${inText(caption)}`)),
    ...unlikes.map(({ path, caption }) => figure(path, `<b>not like</b>${inText(caption)}`, "not")),
    "</header><main>",
    ...matches.map(({ file, label, distance }) =>
      figure(join(root, file), `<b>${distance.toFixed(4)}</b>${inText(file)}${label === undefined ? "" : `<br>${inText(label)}`}`),
    ),
    "</main></body></html>\n",
  ].join("\n");
