// A static host for one folder, as any other, but for the two headers that isolate a page where they are wanted.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { isolation, types } from "../../docs/browser/serve.js";

/** @type {Readonly<Record<string, string>>} */
const known = {
  ...types,
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".webmanifest": "application/manifest+json",
};

/** @param {{ readonly folder: string, readonly isolated?: boolean }} settings `isolated`: whether the page gets shared memory, and so threads */
export const folderSite = ({ folder, isolated = true }) =>
  createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    try {
      const file = join(folder, normalize(decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname)));
      const type = known[extname(file)];
      if (type === undefined || !file.startsWith(`${folder}${sep}`)) throw new Error("not for pages");
      const content = await readFile(file);
      response
        .writeHead(200, { ...(isolated ? isolation : {}), "Cache-Control": "no-cache", "Content-Type": type })
        .end(request.method === "HEAD" ? undefined : content);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end(`no ${pathname} here\n`);
    }
  });
