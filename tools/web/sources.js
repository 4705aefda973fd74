// The source that the playground's explanations lead to: a page for each file, in which every line that a term is computed by has the term's mark.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/**
 * The explanations, from their TypeScript.
 * @param {string} root
 * @returns {Promise<{ readonly sources: Readonly<Record<string, { readonly file: string, readonly line: string }>>, readonly markOf: (name: string) => string }>}
 */
const explanations = async (root) => {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { sources } from "./sources.js"; export { markOf } from "./marks.js";',
      resolveDir: join(root, "playground", "explain"),
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString("base64")}`);
};

/** @param {string} file @param {readonly string[]} lines @param {(line: string) => readonly string[]} marksOf @param {string} up to the playground's own address */
const pageOf = (file, lines, marksOf, up) => {
  const items = lines.map((line) => {
    const [first, ...others] = marksOf(line);
    const spans = others.map((mark) => `<span id="${mark}"></span>`).join("");
    return `<li${first === undefined ? "" : ` id="${first}"`}>${spans}${escaped(line)}</li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>src/${escaped(file)}</title>
<link rel="icon" href="${up}icon.svg">
<link rel="stylesheet" href="${up}source.css">
</head>
<body>
<main>
<h1>src/${escaped(file)}</h1>
<p><a href="${up}">To the playground</a></p>
<ol>
${items.join("\n")}
</ol>
</main>
</body>
</html>
`;
};

/**
 * The pages, by their addresses. Throws where a line is gone or stands there twice: then the explanation would lead nowhere.
 * @param {string} root
 * @returns {Promise<ReadonlyMap<string, string>>}
 */
export const sourcePages = async (root) => {
  const { sources, markOf } = await explanations(root);
  const named = Object.entries(sources);
  const pages = [...new Set(named.map(([, { file }]) => file))].map((file) => {
    const lines = readFileSync(join(root, "src", file), "utf8")
      .trimEnd()
      .split("\n");
    const here = named.filter(([, source]) => source.file === file);
    for (const [name, { line }] of here) {
      const found = lines.filter((one) => one.includes(line)).length;
      if (found !== 1)
        throw new Error(`playground/explain/sources.ts: ${name}: ${found} lines of src/${file} have ${JSON.stringify(line)}: one should`);
    }
    const marksOf = (/** @type {string} */ text) => here.filter(([, { line }]) => text.includes(line)).map(([name]) => markOf(name));
    const address = `source/${file.replace(/\.ts$/, "")}.html`;
    return /** @type {const} */ ([address, pageOf(file, lines, marksOf, "../".repeat(address.split("/").length - 1))]);
  });
  return new Map(pages);
};
