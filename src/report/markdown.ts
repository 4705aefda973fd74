/** A model card as HTML. It reads what cards are made of, headings, lists, tables, paragraphs and code, and takes all else for text. */
import { inText, tag } from "./html.js";

/** `code` between accents, the rest as it is. */
const inline = (text: string): string =>
  text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? tag("code", {}, inText(part)) : inText(part)))
    .join("");

const cellsOf = (row: string): readonly string[] =>
  row
    .slice(1, row.endsWith("|") ? -1 : undefined)
    .split("|")
    .map((cell) => cell.trim());

const tableIn = (rows: readonly string[]): string => {
  const [head = "", , ...body] = rows;
  const row = (cell: "th" | "td") => (line: string) => tag("tr", {}, ...cellsOf(line).map((text) => tag(cell, {}, inline(text))));
  return tag("table", {}, tag("thead", {}, row("th")(head)), tag("tbody", {}, ...body.map(row("td"))));
};

/** One block of lines that belong together. */
const block = (lines: readonly string[]): string => {
  const [first = ""] = lines;
  const heading = /^(#{1,3}) ([\s\S]*)$/.exec(first);
  if (heading !== null) return tag(`h${(heading[1]?.length ?? 1) + 2}`, {}, inline(heading[2] ?? ""));
  if (first.startsWith("|")) return tableIn(lines);
  if (first.startsWith("- ")) return tag("ul", {}, ...lines.map((line) => tag("li", {}, inline(line.replace(/^- /, "")))));
  return tag("p", {}, inline(lines.join(" ")));
};

/** Headings begin two levels lower, for a card is a part of a page. Comments are left out. */
export const cardHtml = (card: string): string =>
  card
    .replace(/<!--[\s\S]*?-->/g, "")
    .split(/\n(?:\s*\n)+|\n(?=#)|(?<=^#.*)\n/m)
    .map((part) => part.trim().split("\n"))
    .filter(([first]) => first !== undefined && first !== "")
    .map(block)
    .join("\n");
