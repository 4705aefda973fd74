// Every example in a docstring runs, and gives what its comment says: `expression; // => value as JSON`.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { holds } from "./fixtures/claims.js";

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

describe("examples in docstrings", () => {
  test("are found", () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
  });
  test.each(examples)("$where", ({ code }) => holds(code));
});
