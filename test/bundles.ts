/** The library as bundlers take it: small programs put together by esbuild and by rollup, and run where there is nothing of Node. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { type BuildOptions, build } from "esbuild";
import { type Plugin, rollup } from "rollup";

/** What a page has for a program that only computes. */
const page = () => ({ TextDecoder, TextEncoder, URL, performance, setTimeout, clearTimeout });

/** What a script leaves as `given`, run without Node's globals. */
export const runInPage = (script: string): unknown => runInContext(`${script}; given.default;`, createContext(page()));

/** A program of a folder by esbuild, in memory, and the modules of Node that it asks for. */
export const byEsbuild = async (folder: string, program: string, options: BuildOptions) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: folder },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    logLevel: "silent",
    outfile: "bundle.js",
    ...options,
  });
  const imports = Object.values(metafile?.outputs ?? {}).flatMap((output) => output.imports.map(({ path }) => path));
  return { code: outputFiles?.[0]?.text ?? "", imports, inputs: Object.keys(metafile?.inputs ?? {}) };
};

const program = "\0program";

/**
 * What rollup's own plugins find: the library by its manifest, fp-ts at its ES modules. Other packages stay outside; all of them say, as the
 * library does, that a module nobody uses anything of may be left out.
 * @param packages the folder that holds the packages
 */
const found = (folder: string, packages: string, text: string): Plugin => ({
  name: "found",
  resolveId: (specifier, importer) => {
    const inside = (id: string) => ({ id, moduleSideEffects: false });
    if (specifier === program) return program;
    if (specifier.startsWith("mdr-ts")) return inside(createRequire(join(folder, "x.js")).resolve(specifier));
    if (specifier.startsWith("fp-ts/lib/")) return inside(join(packages, specifier.replace("lib", "es6")));
    if (!specifier.startsWith(".") || importer === undefined) return { id: specifier, external: true, moduleSideEffects: false };
    const path = join(dirname(importer), specifier);
    return inside(/\.[cm]?js$/.test(path) ? path : `${path}.js`);
  },
  load: (id) => (id === program ? text : readFileSync(id, "utf8")),
});

/** The same by rollup. */
export const byRollup = async (folder: string, packages: string, text: string) => {
  const bundle = await rollup({ input: program, plugins: [found(folder, packages, text)], onwarn: () => undefined });
  const { output } = await bundle.generate({ format: "iife", name: "given", exports: "named" });
  await bundle.close();
  const inputs = Object.entries(output[0].modules).flatMap(([id, { renderedLength }]) => (renderedLength === 0 ? [] : [id]));
  return { code: output[0].code, imports: [...output[0].imports, ...output[0].dynamicImports], inputs };
};
