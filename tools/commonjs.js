// The library for `require` on Nodes that cannot require a module: dist/index.cjs, one file, and dist/index.d.cts, which says that its
// types are those of the modules. Workers, kernels and goldens stay where they are, and are found from beside it.
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { build } from "esbuild";
import { exportsOf } from "./declarations.js";

/** Packages that only an import can have: they are put in. */
const inside = ["hyparquet", "hyparquet-writer", "pure-rand"];

/** @param {string} dist @returns {import("esbuild").Plugin} */
const fromBeside = (dist) => ({
  name: "from beside",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith("node:") || inside.some((one) => path === one || path.startsWith(`${one}/`)) ? undefined : { path, external: true },
    );
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(`${dist}${sep}`)) return undefined;
      const from = relative(dist, path).split(sep).join("/");
      return { contents: readFileSync(path, "utf8").replaceAll("import.meta.url", `addressFromHere(${JSON.stringify(from)})`) };
    });
  },
});

/**
 * The declarations for `require`: each value has the type that it has in the modules.
 * @param {import("./declarations.js").Texts} texts
 */
export const declarationsOf = (texts) => {
  const there = '"./index.js"';
  const asModule = '{ "resolution-mode": "import" }';
  const values = exportsOf(texts, "index.d.ts").filter(({ kind }) => kind !== "type");
  const double = values.filter(({ kind }) => kind === "both").map(({ name }) => name);
  if (double.length > 0) throw new Error(`both a value and a type: ${double.join(", ")}`);
  return [
    "/** The library for `require`. */",
    `export type * from ${there} with ${asModule};`,
    `type Library = typeof import(${there}, { with: ${asModule} });`,
    ...values.map(({ name }) => `export declare const ${name}: Library["${name}"];`),
    "",
  ].join("\n");
};

/** @param {string} dist the built program @param {import("./declarations.js").Texts} texts */
export const commonjs = async (dist, texts) => {
  await build({
    entryPoints: [join(dist, "index.js")],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile: join(dist, "index.cjs"),
    minifyWhitespace: true,
    legalComments: "inline",
    logLevel: "warning",
    banner: {
      js: 'const addressFromHere = (path) => require("node:url").pathToFileURL(require("node:path").join(__dirname, path)).href;',
    },
    plugins: [fromBeside(dist)],
  });
  writeFileSync(join(dist, "index.d.cts"), declarationsOf(texts));
};
