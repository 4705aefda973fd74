// Every example in a docstring runs, and gives what its comment says: `expression; // => value as JSON`.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import * as library from "../src/index.js";

const source = resolve(import.meta.dirname, "..", "src");

interface Example {
  readonly where: string;
  readonly code: string;
}

/** The lines after each `@example`, up to the end of its docstring. */
const examplesOf = (file: string): readonly Example[] => {
  const lines = readFileSync(join(source, file), "utf8").split("\n");
  return lines.flatMap((line, start) => {
    if (line.trim() !== "* @example") return [];
    const end = lines.findIndex((other, index) => index > start && /^\s*(\*\/|\* @)/.test(other));
    return [
      {
        where: `${file}:${start + 1}`,
        code: lines
          .slice(start + 1, end)
          .map((text) => text.replace(/^\s*\* ?/, ""))
          .join("\n"),
      },
    ];
  });
};

const examples = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap(examplesOf);

const claim = /^(.*); \/\/ => (.*)$/gm;

/** As a function of the library and of what checks a claim: imports become names taken from the library. */
const runnable = (code: string): string =>
  code
    .replace(/^import \{([^}]*)\} from "mdr-ts";$/gm, (_, names: string) => `const {${names.replaceAll(" as ", ": ")}} = library;`)
    .replace(claim, (_, expression: string, value: string) => `claims(${expression}, ${JSON.stringify(value)});`);

/** Examples may await. */
const AsyncFunction = (async () => {}).constructor as new (...parts: readonly string[]) => (...given: readonly unknown[]) => Promise<void>;

describe("examples in docstrings", () => {
  test("are found", () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
  });
  test.each(examples)("$where", async ({ code }) => {
    let checked = 0;
    const claims = (got: unknown, value: string): void => {
      checked += 1;
      expect(got).toEqual(JSON.parse(value));
    };
    await new AsyncFunction("library", "claims", `"use strict";\n${runnable(code)}`)(library, claims);
    expect(checked).toBe(Array.from(code.matchAll(claim)).length);
    expect(checked).toBeGreaterThan(0);
  });
});
