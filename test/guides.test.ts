/** The guides do what they say: their commands end well, in order, on a few small pictures, and their code keeps its claims. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { holds } from "./fixtures/claims.js";
import { mdr, tiny } from "./fixtures/commands.js";

const guides = join(import.meta.dirname, "..", "docs", "guides");
const blocks = (guide: string, language: string): readonly string[] =>
  [...readFileSync(join(guides, guide), "utf8").matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, code = ""]) => code);

it("every guide is run by a test, and named in the README", () => {
  const readme = readFileSync(join(guides, "..", "..", "README.md"), "utf8");
  // The page's is run in a browser, by test/browser/guide.test.ts.
  expect(readdirSync(guides).toSorted()).toEqual(["train-on-your-photographs.md", "use-in-a-page.md", "verify-your-loss.md"]);
  for (const guide of readdirSync(guides)) expect(readme).toContain(`docs/guides/${guide}`);
});

it("verify my own loss", () => holds(blocks("verify-your-loss.md", "js").join("\n")));

describe("train on my photographs", () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-guides-"));
  const lines = blocks("train-on-your-photographs.md", "sh").flatMap((block) => block.trim().split("\n"));
  /** Its own places, and the size of network and pictures: all that a test sets. */
  const asTest = (line: string): readonly string[] => {
    const [, ...args] = line.replace(/#.*/, "").trim().split(/\s+/);
    const placed = args.map((arg) => (/^(?:photos|runs|one\.jpg)/.test(arg) ? join(folder, arg) : arg));
    // "--pooled every" needs a stage to pool; what is given last counts.
    return args[0] === "train" && !args.includes("--resume") ? [...placed, ...tiny, "--depth", "1"] : placed;
  };
  beforeAll(async () => {
    const made = await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, join(folder, "photos"))();
    if (E.isLeft(made)) throw new Error(made.left.message);
    const [first = ""] = readdirSync(join(folder, "photos"), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && !entry.name.startsWith(".") ? [join(folder, "photos", entry.name)] : [],
    );
    copyFileSync(join(first, readdirSync(first)[0] ?? ""), join(folder, "one.jpg"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("names every command that it is about", () => {
    expect([...new Set(lines.map((line) => line.split(" ").slice(0, 2).join(" ")))]).toEqual(
      ["duplicates", "train", "eval", "clean", "similar", "embed"].map((name) => `mdr ${name}`),
    );
  });
  it.each(lines)("%s", async (line) => {
    const args = asTest(line.replace("--epochs 12", "--epochs 2"));
    const { code, said } = await mdr(...args);
    expect(code, said).toBe(0);
  });
});
