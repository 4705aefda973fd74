/**
 * A server for pages that use mdr-ts without a bundler: `npm run build && node docs/browser/serve.js`, then open the address it prints.
 * It does the four things that a static server does not: the two headers that isolate a page, `.js` behind names
 * without an ending (the ES modules of fp-ts import each other so), mdr-ts under its own name in its own repository,
 * and, below /resolved/, bare names replaced as the example's import map says, because a worker knows no import map.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = join(root, "docs", "browser", "index.html");

/** By a file's ending. @type {Readonly<Record<string, string>>} */
export const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Without these a page has no shared memory, and the wasm engine one thread. */
export const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The import map of the example page. */
export const importMap = async () => {
  const html = await readFile(example, "utf8");
  const text = /<script type="importmap">(.*?)<\/script>/s.exec(html)?.[1] ?? "{}";
  return /** @type {{ readonly imports: Readonly<Record<string, string>> }} */ (JSON.parse(text));
};

/** @param {string} code @param {Readonly<Record<string, string>>} imports */
const resolved = (code, imports) =>
  code.replace(/(\bfrom\s*|\bimport\s*\(?\s*)"([^"./][^"]*)"/g, (whole, before, name) => {
    const known = Object.keys(imports).find((key) => (key.endsWith("/") ? name.startsWith(key) : name === key));
    return known === undefined ? whole : `${before}"/resolved${imports[known]}${name.slice(known.length)}"`;
  });

/** @param {string} path */
const fileOf = (path) => {
  const [, own] = /^\/node_modules\/mdr-ts\/(.*)$/s.exec(path) ?? [];
  const file = join(root, normalize(own ?? path));
  return extname(file) === "" ? `${file}.js` : file;
};

/**
 * @param {{ readonly isolated?: boolean, readonly headers?: Readonly<Record<string, string>> }} [settings]
 *   `isolated`: whether pages get the headers for shared memory; `headers`: further ones
 */
export const site = ({ isolated = true, headers = {} } = {}) =>
  createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    try {
      const path = decodeURIComponent(pathname);
      const inWorker = path.startsWith("/resolved/");
      const file = path === "/" ? example : fileOf(inWorker ? path.slice("/resolved".length) : path);
      const type = types[extname(file)];
      if (
        type === undefined ||
        !file.startsWith(root) ||
        file
          .slice(root.length)
          .split(sep)
          .some((part) => part.startsWith("."))
      ) {
        throw new Error("not for pages");
      }
      const content = await readFile(file);
      const body = inWorker && extname(file) === ".js" ? resolved(content.toString(), (await importMap()).imports) : content;
      response.writeHead(200, { ...(isolated ? isolation : {}), ...headers, "Content-Type": type }).end(body);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end(`no ${pathname} here\n`);
    }
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env["PORT"] ?? 8080);
  if (!existsSync(join(root, "dist", "browser.js"))) {
    process.stderr.write("the package is not built: run `npm run build` first\n");
    process.exit(1);
  }
  site()
    .once("error", ({ message }) => {
      process.stderr.write(`cannot serve on port ${port} (${message}): choose another with PORT=8081\n`);
      process.exitCode = 1;
    })
    .listen(port, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${port}/\n`));
}
