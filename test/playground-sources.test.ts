/** The source as the playground shows it: each explanation leads to the line that it speaks of, and nothing of a file becomes a tag. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { markOf, sourceAddress } from "../playground/explain/marks.js";
import { sources } from "../playground/explain/sources.js";
import { termNames } from "../playground/explain/terms.js";
import { sourcePages } from "../tools/web/sources.js";

const root = join(import.meta.dirname, "..");

const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

test("every term's mark is on its line, in the page that its link opens", async () => {
  const pages = await sourcePages(root);
  for (const name of termNames) {
    const [address = ""] = sourceAddress(name).split("#");
    const line = pages
      .get(address)
      ?.split("\n")
      .find((one) => one.includes(`"${markOf(name)}"`));
    expect(plain(line ?? "")).toContain(sources[name].line);
  }
});

test("a page says its file, line for line", async () => {
  const page = (await sourcePages(root)).get("source/metric/mdr.html") ?? "";
  const lines = page.split("\n").filter((line) => /^<li[ >]/.test(line));
  expect(lines.map(plain)).toEqual(
    readFileSync(join(root, "src", "metric", "mdr.ts"), "utf8")
      .trimEnd()
      .split("\n"),
  );
  expect(page).toContain('href="../../source.css"');
});
