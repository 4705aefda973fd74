/** The page of web/ and what belongs to it, read once; and the headers that keep it to itself. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { readText } from "../files/index.js";

export interface Asset {
  readonly text: string;
  readonly type: string;
  readonly etag: string;
}

/** By their paths in the service. */
export type Assets = Readonly<Record<string, Asset>>;

const files = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "/service.js": ["service.js", "text/javascript; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
} as const;

export const assetPaths: readonly string[] = Object.keys(files);

/** Left: the installation is not whole. */
export const readAssets = (): E.Either<Fault, Assets> =>
  Object.entries(files).reduce<E.Either<Fault, Assets>>(
    (all, [path, [name, type]]) =>
      pipe(
        all,
        E.bindTo("read"),
        E.bind("text", () => readText(fileURLToPath(new URL(`../../web/${name}`, import.meta.url)))),
        E.map(({ read, text }) => ({
          ...read,
          [path]: { text, type, etag: `"${createHash("sha256").update(text).digest("hex").slice(0, 32)}"` },
        })),
      ),
    E.right({}),
  );

/** Scripts, styles and pictures are the service's own; nothing may be framed, sent elsewhere or taken for what it is not. */
export const ownHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};
