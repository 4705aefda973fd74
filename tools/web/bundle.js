// The playground as a static page: its programs put together by esbuild, the binaries and the source pages beside them, and a service
// worker that knows them all. Every address is relative, so that it works below any path of any host.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { oneLanguage } from "../bundle.js";
import { sourcePages } from "./sources.js";

/** @typedef {{ readonly file: string, readonly bytes: number, readonly gzipped: number }} Weight */

/** Programs of the page; each is loaded by its name. */
const programs = ["main.tsx", "worker.ts", "decoder.ts", "judge.ts", "painter.ts", "shell.ts"];

/** Below dist; the programs look for them beside themselves. */
const binaries = [
  ...["", "-unshared", "-fused", "-fused-unshared"].map((kind) => `engines/wasm/kernels${kind}.wasm`),
  "pictures/resample.wasm",
  "evaluate/ranks.wasm",
];

/** What is put there as it is. */
const given = ["manifest.webmanifest", "icon.svg", "source.css"];

/** Modules of ES rather than CommonJS, of which only what is used is put in; GPU.js in its build for browsers. */
const alias = { "fp-ts/lib": "fp-ts/es6", "gpu.js": "gpu.js/dist/gpu-browser.min.js" };

/** @param {string} folder */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(folder.length + 1)
        .split(sep)
        .join("/"),
    )
    .sort();

/** @param {string} folder */
const versionOf = (folder) => {
  const hash = createHash("sha256");
  for (const file of filesIn(folder)) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
};

/** @param {string} folder @returns {readonly Weight[]} */
export const weightsOf = (folder) =>
  filesIn(folder).map((file) => {
    const content = readFileSync(join(folder, file));
    return { file, bytes: content.length, gzipped: gzipSync(content, { level: 9 }).length };
  });

/**
 * @param {string} root the repository, built
 * @param {string} [out] the folder, which is made anew
 * @returns {Promise<readonly Weight[]>}
 */
export const buildPage = async (root, out = join(root, "dist", "playground")) => {
  const page = join(root, "playground");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  /** @type {import("esbuild").BuildOptions} */
  const usual = {
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "linked",
    outdir: out,
    logLevel: "warning",
    alias,
    jsx: "automatic",
    jsxImportSource: "preact",
    plugins: [oneLanguage],
  };
  await build({ ...usual, entryPoints: programs.map((name) => join(page, name)), splitting: true, chunkNames: "part-[name]-[hash]" });
  await build({ ...usual, entryPoints: [join(page, "page.css")] });
  for (const name of given) copyFileSync(join(page, name), join(out, name));
  for (const name of binaries) copyFileSync(join(root, "dist", name), join(out, name.slice(name.lastIndexOf("/") + 1)));
  for (const [address, text] of await sourcePages(root)) {
    mkdirSync(dirname(join(out, address)), { recursive: true });
    writeFileSync(join(out, address), text);
  }
  copyFileSync(join(page, "index.html"), join(out, "index.html"));
  // The page itself goes by its folder's name, as visitors ask for it; licences are for readers, not for the page.
  const files = ["./", ...filesIn(out).filter((file) => file !== "index.html" && !file.endsWith(".LEGAL.txt"))];
  await build({
    ...usual,
    entryPoints: [join(page, "service.ts")],
    define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(versionOf(out)) },
  });
  return weightsOf(out);
};

/** Whether the library is built, of which the page is made. @param {string} root */
export const isBuilt = (root) => existsSync(join(root, "dist", "play", "index.js")) && existsSync(join(root, "dist", binaries[0] ?? ""));
