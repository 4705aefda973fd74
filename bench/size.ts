/**
 * `npm run bench -- size`: how large the library is: the package, and what of it a page loads, put together by esbuild, made small and
 * compressed by gzip. GPU.js is left out, for it is loaded when it is asked for, and so are the kernels, which are fetched.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");

const programs = {
  "the loss and its gradients": 'export { mdrLoss, pairwiseDistances, referenceKernels } from "./browser.js";',
  "a network's embeddings on the wasm engine": 'export { embedder, networkOf, wasmEngine } from "./browser.js";',
  "training on any engine": 'export { firstValues, openEngine, planOf, planTable, run } from "./browser.js";',
  everything: 'export * from "./browser.js";',
} as const;

interface Size {
  readonly bytes: number;
  readonly gzipped: number;
}

const sizeOf = (content: Uint8Array): Size => ({ bytes: content.length, gzipped: gzipSync(content, { level: 9 }).length });

const bundleSize = async (program: string): Promise<Size> => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: dist },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    external: ["gpu.js"],
    logLevel: "silent",
  });
  return sizeOf(outputFiles[0]?.contents ?? new Uint8Array());
};

/** What `npm pack` would make. */
const packed = (): { readonly size: number; readonly unpackedSize: number; readonly entryCount: number } => {
  const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" });
  const [first] = JSON.parse(stdout) as readonly { readonly size: number; readonly unpackedSize: number; readonly entryCount: number }[];
  if (first === undefined) throw new Error("npm pack said nothing");
  return first;
};

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export const benchSize = async ({ asJson }: { readonly asJson: boolean }): Promise<void> => {
  const pages: [string, Size][] = [];
  for (const [name, program] of Object.entries(programs)) pages.push([name, await bundleSize(program)]);
  const kernels = readdirSync(join(dist, "engines", "wasm"))
    .filter((name) => name.endsWith(".wasm"))
    .map((name): [string, Size] => [name, sizeOf(readFileSync(join(dist, "engines", "wasm", name)))]);
  const { size, unpackedSize, entryCount } = packed();
  if (asJson) {
    const said = { pack: { bytes: size, unpacked: unpackedSize, files: entryCount }, pages: Object.fromEntries([...pages, ...kernels]) };
    process.stdout.write(`${JSON.stringify(said, null, 2)}\n`);
    return;
  }
  process.stdout.write(
    [
      `the package: ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)} in ${entryCount} files`,
      "in a page, minified and gzipped:",
      ...[...pages, ...kernels].map(
        ([name, { bytes, gzipped }]) => `  ${name.padEnd(44)} ${kilobytes(bytes).padStart(10)} ${kilobytes(gzipped).padStart(10)}`,
      ),
      "",
    ].join("\n"),
  );
};
