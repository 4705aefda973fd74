// What starts often is put together into few files once it is built: the command line, and the programs of worker threads. Node takes
// longer to find and read 450 modules than to do most of what a command does. The library stays module by module, for other programs and for pages.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";

/** Below dist: each is replaced by its bundle, under the same name. */
const workers = ["datasets/generated/drawWorker", "evaluate/countWorker", "serve/decodeWorker", "store/prepareWorker", "store/readyWorker"];

/**
 * Packages that are put in: plain JavaScript, needed by most commands. Whatever else is imported stays outside, as what reads files beside
 * itself must. What is built on zod goes in with it, so that there is one zod.
 */
const inside = [
  ...["@asteasolutions/zod-to-openapi", "@hono/zod-openapi", "@hono/zod-validator", "cli-progress", "commander", "fastest-levenshtein"],
  ...["fflate", "fp-ts", "hono", "jpeg-js", "ndarray", "openapi3-ts", "pure-rand", "zod"],
];

const isInside = (/** @type {string} */ name) => inside.some((one) => name === one || name.startsWith(`${one}/`));

/** Leaves out sixty languages of zod, which nothing here speaks. @type {import("esbuild").Plugin} */
export const oneLanguage = {
  name: "one language",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: 'export { default as en } from "./en.js";' })),
};

/**
 * What is to be otherwise in a bundle: packages that stay outside, and a file's own address, which is that of the file it was, seen from
 * where the bundle lies.
 * @param {string} dist @param {string} folder @returns {import("esbuild").Plugin}
 */
const together = (dist, folder) => ({
  name: "together",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) =>
      importer.startsWith(dist) && !path.startsWith("node:") && !isInside(path) ? { path, external: true } : undefined,
    );
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(`${dist}${sep}`)) return undefined;
      const from = relative(folder, path).split(sep).join("/");
      const address = `new URL(${JSON.stringify(from.startsWith(".") ? from : `./${from}`)}, import.meta.url).href`;
      return { contents: readFileSync(path, "utf8").replaceAll("import.meta.url", address) };
    });
  },
});

/** @param {string} dist the built program */
export const bundle = async (dist) => {
  /** @param {string} entry @param {import("esbuild").BuildOptions} settings */
  const bundled = async (entry, settings) => {
    const folder = dirname(join(dist, entry));
    await build({
      entryPoints: [join(dist, `${entry}.js`)],
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
      outdir: folder,
      allowOverwrite: true,
      legalComments: "inline",
      // Half the text to read at each start; names stay, so that a stack says where it was.
      minifyWhitespace: true,
      minifySyntax: true,
      logLevel: "warning",
      // Packages written for `require` ask for Node's own modules by it.
      banner: { js: 'import { createRequire as requiring } from "node:module";\nconst require = requiring(import.meta.url);' },
      plugins: [oneLanguage, together(dist, folder)],
      ...settings,
    });
  };
  const parts = readdirSync(join(dist, "cli")).filter((name) => name.startsWith("part-"));
  for (const part of parts) rmSync(join(dist, "cli", part));
  await bundled("cli/main", { splitting: true, chunkNames: "part-[name]-[hash]" });
  for (const worker of workers) await bundled(worker, {});
};
