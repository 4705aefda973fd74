/** The guides do what they say: their commands end well, in order, on a few small pictures, and their code keeps its claims. */
import { spawn } from "node:child_process";
import { once } from "node:events";
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
  expect(readdirSync(guides).toSorted()).toEqual([
    "search-your-photographs.md",
    "train-on-your-photographs.md",
    "use-in-a-page.md",
    "verify-your-loss.md",
  ]);
  for (const guide of readdirSync(guides)) expect(readme).toContain(`docs/guides/${guide}`);
});

it("verify my own loss", () => holds(blocks("verify-your-loss.md", "js").join("\n")));

describe("train on my photographs, and search them", () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-guides-"));
  const linesOf = (guide: string) => blocks(guide, "sh").flatMap((block) => block.trim().split("\n"));
  const [training, searching] = ["train-on-your-photographs.md", "search-your-photographs.md"].map(linesOf) as [string[], string[]];
  /** Its own places, and the size of network and pictures: all that a test sets. */
  const asTest = (line: string): readonly string[] => {
    const [, ...args] = line.replace(/#.*/, "").trim().split(/\s+/);
    const placed = args.map((arg) => (/^(?:photos|runs|one\.jpg|two\.jpg|three\.jpg|found)/.test(arg) ? join(folder, arg) : arg));
    // "--pooled every" needs a stage to pool; what is given last counts.
    return args[0] === "train" && !args.includes("--resume") ? [...placed, ...tiny, "--depth", "1"] : placed;
  };
  const commandsIn = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(" ").slice(0, 2).join(" ")))];
  const named = (...names: readonly string[]) => names.map((name) => `mdr ${name}`);
  const endsWell = async (line: string) => {
    const { code, said } = await mdr(...asTest(line.replace("--epochs 12", "--epochs 2")));
    expect(code, said).toBe(0);
  };
  beforeAll(async () => {
    const made = await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, join(folder, "photos"))();
    if (E.isLeft(made)) throw new Error(made.left.message);
    const classes = readdirSync(join(folder, "photos"), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && !entry.name.startsWith(".") ? [join(folder, "photos", entry.name)] : [],
    );
    for (const [index, name] of ["one.jpg", "two.jpg", "three.jpg"].entries()) {
      const from = classes[index] ?? "";
      copyFileSync(join(from, readdirSync(from)[0] ?? ""), join(folder, name));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("name every command that they are about", () => {
    expect(commandsIn(training)).toEqual(named("duplicates", "train", "eval", "clean", "similar", "embed"));
    expect(commandsIn(searching)).toEqual(named("index", "search", "serve"));
  });
  it.each(training)("%s", endsWell);
  it.each(searching.slice(0, -1))("%s", endsWell);
  it("mdr serve photos.db answers until it is interrupted", async () => {
    const words = [join(import.meta.dirname, "..", "bin", "mdr.js"), ...asTest(searching.at(-1) ?? ""), "--port", "0"];
    const service = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
    const ended = new Promise((resolve) => service.once("exit", resolve));
    const [address] = (await once(service.stdout.setEncoding("utf8"), "data")) as [string];
    expect((await fetch(new URL("/healthz", address.trim()))).status).toBe(200);
    service.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});
