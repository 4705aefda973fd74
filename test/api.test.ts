/** The reference of the library is what its declarations say, and every export says something of itself. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { declarations, pagesOf, silent, strayPages } from "../tools/api.js";
import { declarationsOf } from "../tools/commonjs.js";
import { exportsOf } from "../tools/declarations.js";
import { unless } from "./missing.js";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

describe("the library", unless(existsSync(join(dist, "index.d.ts")) ? "" : "the package is not built (npm run build)"), () => {
  it("has no export without a word of itself", () => expect(silent(declarations())).toEqual([]));

  it("has its reference up to date", () => {
    const pages = pagesOf(declarations());
    const old = Object.entries(pages).filter(([path, text]) => {
      const file = join(root, "docs", path);
      return !existsSync(file) || readFileSync(file, "utf8") !== text;
    });
    expect([...old.map(([path]) => path), ...strayPages(pages)], "run `npm run api`").toEqual([]);
  });
});

describe("a small library", () => {
  const texts = {
    "index.d.ts": 'export * from "./a/index.js";\nexport { hidden as shown } from "./b.js";\n',
    "a/index.d.ts": '/** The room a. */\nexport * from "./one.js";\nexport * from "./several.js";\n',
    "a/one.d.ts":
      '/** What the file is. */\nimport type { T } from "../b.js";\nexport declare const one: <A extends { a: T; }>(x: A) => T;\n',
    "a/several.d.ts":
      "/** The file. */\n\n/** The first. */\nexport interface First {\n    /** A member's words; with }; in them. */\n    readonly a: () => void;\n}\n" +
      "export declare const second: number, third: Record<string, number>;\nexport {};\n",
    "b.d.ts":
      '/** Of b. */\nexport type T = "a;" | "}";\ndeclare const inner: number;\n/** Kept.\n * @example\n * hidden(); // => 1\n */\nexport declare function hidden(): typeof inner;\n',
  };
  const found = exportsOf(texts, "index.d.ts");

  it("is read by name: what is handed on, renamed, declared together, and whose words are whose", () => {
    expect(found.map(({ name, kind, file, words }) => [name, kind, file, words])).toEqual([
      ["First", "type", "a/several.d.ts", "The first."],
      ["one", "value", "a/one.d.ts", "What the file is."],
      ["second", "value", "a/several.d.ts", ""],
      ["shown", "value", "b.d.ts", "Kept.\n@example\nhidden(); // => 1"],
      ["third", "value", "a/several.d.ts", ""],
    ]);
    expect(found.find(({ name }) => name === "third")?.text).toBe("export declare const third: Record<string, number>;");
  });

  it("names what is silent, and the requiring side has every value and no type twice", () => {
    expect(silent(texts)).toEqual(["a/several.ts: second", "a/several.ts: third"]);
    expect(declarationsOf(texts).match(/declare const \w+/g)).toEqual(
      ["one", "second", "shown", "third"].map((name) => `declare const ${name}`),
    );
  });

  it("is drawn a page a room, its examples as code", () => {
    const pages = pagesOf({ ...texts, "browser.d.ts": 'export * from "./a/one.js";\n' });
    expect(Object.keys(pages)).toEqual(["api.md", "api/a.md", "api/b.d.ts.md"]);
    expect(pages["api/a.md"]).toContain(
      "[src/a/one.ts](../../src/a/one.ts)\n\nWhat the file is.\n\n```ts\nconst one: <A extends { a: T; }>(x: A) => T;\n```",
    );
    expect(pages["api/b.d.ts.md"]).toContain("in Node\n\nKept.\n\n```js\nhidden(); // => 1\n```");
  });

  it("what is handed on and not there is named", () => {
    expect(() => exportsOf({ "index.d.ts": 'export { x } from "./a.js";\n', "a.d.ts": "export {};\n" }, "index.d.ts")).toThrow(
      /hands on x/,
    );
  });
});
