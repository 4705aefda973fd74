// `npm run rooms`: draws the house from the imports of src/. Writes the map in README.md, the drawing in docs/rooms.md and the table and toys
// in docs/extending.md, each between its two marks; `--check` writes nothing and exits 1 where one is out of date.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { extensions } from "./extensions.js";
import { importsOf, roomOf, targetOf } from "./house.js";

/** @typedef {{ readonly room: string, readonly door: string, readonly subject: string, readonly floor: number, readonly knows: readonly string[], readonly standsOn: readonly string[] }} Room */

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** @returns {import("./house.js").Tree} */
export const sources = () => {
  const source = join(root, "src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return Object.fromEntries(files.sort().map((file) => [file.split(sep).join("/"), readFileSync(join(source, file), "utf8")]));
};

/** The first sentence of a file's first words, on one line. @param {string} text */
const subjectOf = (text) => {
  const words =
    /^\/\*\*([\s\S]*?)\*\//
      .exec(text)?.[1]
      ?.replace(/\n\s*\*/g, " ")
      .replace(/\s+/g, " ")
      .trim() ?? "";
  return /^.*?[.](?=\s|$)/.exec(words)?.[0] ?? words;
};

/**
 * The rooms by what they import: a room stands one floor above the highest that it knows.
 * @param {import("./house.js").Tree} tree
 * @returns {readonly Room[]} highest first
 */
export const roomsOf = (tree) => {
  const names = [...new Set(Object.keys(tree).map(roomOf))];
  /** @type {(room: string) => readonly string[]} */
  const known = (room) => {
    const files = Object.keys(tree).filter((file) => roomOf(file) === room);
    const targets = files.flatMap((file) => importsOf(file, tree[file] ?? "")).map(targetOf);
    return names.filter((other) => other !== room && targets.some((target) => roomOf(target) === other && tree[target] !== undefined));
  };
  const knows = new Map(names.map((room) => [room, known(room)]));
  /** All rooms below one, its own left out. @type {(room: string) => ReadonlySet<string>} */
  const below = (room) => new Set((knows.get(room) ?? []).flatMap((other) => [other, ...below(other)]));
  /** @type {(room: string) => number} */
  const floorOf = (room) => Math.max(0, ...(knows.get(room) ?? []).map((other) => 1 + floorOf(other)));
  return names
    .map((room) => {
      const direct = knows.get(room) ?? [];
      const door = [`${room}/index.ts`, `${room}/main.ts`, room].find((file) => tree[file] !== undefined) ?? room;
      const standsOn = direct.filter((one) => !direct.some((other) => below(other).has(one)));
      return { room, door, subject: subjectOf(tree[door] ?? ""), floor: floorOf(room), knows: direct, standsOn };
    })
    .sort((a, b) => b.floor - a.floor || (a.room < b.room ? -1 : 1));
};

/** @param {string} to @param {readonly Room[]} rooms */
const table = (to, rooms) =>
  [
    "| floor | room | what lives there | stands on |",
    "|---|---|---|---|",
    ...rooms.map(
      ({ room, door, subject, floor, standsOn }) =>
        `| ${floor} | [${room.replace(/\.ts$/, "")}](${to}src/${door}) | ${subject} | ${standsOn.join(", ") || "nothing"} |`,
    ),
  ].join("\n");

/** A node's name in mermaid. @param {string} room */
const node = (room) => room.replace(/\W/g, "_");

/** @param {readonly Room[]} rooms */
const graph = (rooms) => {
  const floors = [...new Set(rooms.map(({ floor }) => floor))];
  return [
    "```mermaid",
    "flowchart TD",
    ...floors.flatMap((floor) => [
      `  subgraph floor${floor}[floor ${floor}]`,
      ...rooms.filter((one) => one.floor === floor).map(({ room }) => `    ${node(room)}["${room}"]`),
      "  end",
    ]),
    ...rooms.flatMap(({ room, standsOn }) => standsOn.map((other) => `  ${node(room)} --> ${node(other)}`)),
    "```",
  ].join("\n");
};

const read = (/** @type {string} */ path) => readFileSync(join(root, path), "utf8").trimEnd();
const link = (/** @type {string} */ path) => `\`${path}\``;

const extensionTable = () =>
  [
    "| what | its one file | one line in | its golden | the toy | then |",
    "|---|---|---|---|---|---|",
    ...extensions.map(
      ({ what, file, index, golden, toy, use }) =>
        `| ${what} | ${link(file)} | [${index}](../${index}) | ${golden === undefined ? "none" : link(golden)} | [${toy.replace(/\.txt$/, "")}](../test/extensions/${toy}) | \`${use}\` |`,
    ),
  ].join("\n");

const toys = () =>
  extensions
    .map(
      ({ what, file, index, line, toy }) =>
        `### ${what.replace(/^an? /, "").replace(/^./, (first) => first.toUpperCase())}\n\n\`${file}\`:\n\n\`\`\`ts\n${read(`test/extensions/${toy}`)}\n\`\`\`\n\nand in \`${index}\`:\n\n\`\`\`ts\n${line}\n\`\`\``,
    )
    .join("\n\n");

/**
 * What is drawn, by the file it is in and its mark there.
 * @param {readonly Room[]} rooms
 * @returns {readonly { readonly path: string, readonly mark: string, readonly text: string }[]}
 */
export const drawings = (rooms) => [
  { path: "README.md", mark: "rooms", text: table("", rooms) },
  { path: "docs/rooms.md", mark: "graph", text: graph(rooms) },
  {
    path: "docs/rooms.md",
    mark: "imports",
    text: [
      "| room | imports from |",
      "|---|---|",
      ...rooms.map(({ room, knows }) => `| ${room} | ${knows.join(", ") || "nothing"} |`),
    ].join("\n"),
  },
  { path: "docs/extending.md", mark: "table", text: extensionTable() },
  { path: "docs/extending.md", mark: "toys", text: toys() },
];

/** A page with the text between its two marks replaced. @param {string} page @param {string} mark @param {string} text */
export const placed = (page, mark, text) => {
  const [opening, closing] = [`<!-- ${mark}: by npm run rooms -->`, `<!-- end of ${mark} -->`];
  const [from, to] = [page.indexOf(opening), page.indexOf(closing)];
  if (from < 0 || to < from) throw new Error(`the marks "${opening}" and "${closing}" are missing`);
  return `${page.slice(0, from + opening.length)}\n\n${text}\n\n${page.slice(to)}`;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, mark, text } of drawings(roomsOf(sources()))) {
    const page = readFileSync(join(root, path), "utf8");
    const now = placed(page, mark, text);
    if (now === page) continue;
    process.stdout.write(`${path}: ${mark} ${process.argv.includes("--check") ? "is out of date: npm run rooms" : "drawn"}\n`);
    if (process.argv.includes("--check")) process.exitCode = 1;
    else writeFileSync(join(root, path), now);
  }
}
