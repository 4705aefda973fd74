// `npm run api`: the reference of the library, drawn from the declarations that it is published with: docs/api.md and a page a room in
// docs/api/. `--check` writes nothing and exits 1 where one is out of date.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { exportsOf, readPage } from "./declarations.js";
import { roomOf } from "./house.js";

/** @typedef {import("./declarations.js").Export} Export */

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The declarations of a built program. @returns {import("./declarations.js").Texts} */
export const declarations = (dist = join(root, "dist")) => {
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".d.ts"));
  return Object.fromEntries(files.sort().map((file) => [file.split(sep).join("/"), readFileSync(join(dist, file), "utf8")]));
};

/** Longer types of values lose what is in their inner braces: lists of names, which the settings' own descriptions have. */
const longest = 2000;

/** @param {string} text of a declaration */
const signatureOf = (text) => {
  const plain = text
    .replace(/import\("[^"]*"\)\./g, "")
    .replace(/^export (?:declare )?/gm, "")
    .replace(/ {4}/g, "  ");
  if (plain.length <= longest || !plain.startsWith("const ")) return plain;
  let depth = 0;
  return [...plain]
    .map((character) => {
      if (character === "}") depth -= 1;
      const shown = depth < 2 ? character : "";
      if (character === "{") depth += 1;
      return shown === "{" && depth === 2 ? "{ .. " : shown;
    })
    .join("");
};

/** Words as markdown: an example is code, and what looks like an element is none. @param {string} words */
const prose = (words) => {
  const [text = "", ...examples] = words.split(/^@example\n?/m);
  const escaped = text
    .trim()
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part.replace(/[<*_]/g, "\\$&") : part))
    .join("`");
  return [escaped, ...examples.map((code) => `\`\`\`js\n${code.trim()}\n\`\`\``)].filter((part) => part !== "").join("\n\n");
};

/** @param {Export} one @param {ReadonlySet<string>} inPages */
const entry = ({ name, file, words, text }, inPages) => {
  const source = file.replace(/\.d\.ts$/, ".ts");
  return [
    `## ${name}`,
    `[src/${source}](../../src/${source})${inPages.has(name) ? "" : ", in Node"}`,
    prose(words),
    `\`\`\`ts\n${signatureOf(text)}\n\`\`\``,
  ].join("\n\n");
};

/**
 * What is wanting: exports that say nothing of themselves.
 * @param {import("./declarations.js").Texts} texts
 */
export const silent = (texts) =>
  exportsOf(texts, "index.d.ts")
    .filter(({ words }) => words === "")
    .map(({ name, file }) => `${file.replace(/\.d\.ts$/, ".ts")}: ${name}`);

/**
 * Every page of the reference, by its path below docs.
 * @param {import("./declarations.js").Texts} texts
 * @returns {Readonly<Record<string, string>>}
 */
export const pagesOf = (texts) => {
  const all = exportsOf(texts, "index.d.ts");
  const inPages = new Set(exportsOf(texts, "browser.d.ts").map(({ name }) => name));
  const rooms = [...new Set(all.map(({ file }) => roomOf(file)))].sort();
  const note = "<!-- by npm run api -->";
  const subjectOf = (/** @type {string} */ room) => prose(readPage(texts[`${room}/index.d.ts`] ?? "").about.split("\n\n")[0] ?? "");
  const of = (/** @type {string} */ room) => all.filter(({ file }) => roomOf(file) === room);
  const index = [
    "# The library, export by export",
    note,
    'Everything that `import .. from "mdr-ts"` gives, by the room of `src` that it lives in, as the declarations say it. `mdr-ts/browser` gives what is not marked “in Node”.',
    [
      "| room | what lives there | exports |",
      "|---|---|---|",
      ...rooms.map((room) => `| [${room}](api/${room}.md) | ${subjectOf(room).replace(/\n/g, " ")} | ${of(room).length} |`),
    ].join("\n"),
  ];
  /** @type {[string, string][]} */
  const pages = rooms.map((room) => [
    `api/${room}.md`,
    `${[`# ${room}`, note, subjectOf(room), ...of(room).map((one) => entry(one, inPages))].join("\n\n")}\n`,
  ]);
  return { "api.md": `${index.join("\n\n")}\n`, ...Object.fromEntries(pages) };
};

/** Pages that are there and of no room. @param {Readonly<Record<string, string>>} pages */
export const strayPages = (pages) => {
  const folder = join(root, "docs", "api");
  return existsSync(folder) ? readdirSync(folder).filter((name) => pages[`api/${name}`] === undefined) : [];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const texts = declarations();
  const pages = pagesOf(texts);
  const check = process.argv.includes("--check");
  const wanting = silent(texts);
  if (wanting.length > 0) {
    process.stdout.write(`without a word of themselves:\n${wanting.map((line) => `  ${line}\n`).join("")}`);
    process.exitCode = 1;
  }
  mkdirSync(join(root, "docs", "api"), { recursive: true });
  for (const name of check ? [] : strayPages(pages)) rmSync(join(root, "docs", "api", name));
  for (const [path, text] of Object.entries(pages)) {
    const file = join(root, "docs", path);
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    process.stdout.write(`docs/${path} ${check ? "is out of date: npm run api" : "drawn"}\n`);
    if (check) process.exitCode = 1;
    else writeFileSync(file, text);
  }
}
