/** The house keeps its shape: src/ holds to every rule of tools/house.js, and every rule finds what breaks it in small trees. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { describe, expect, it, test } from "vitest";
import { floors, guarded, importsOf, longFiles, readSource, rules } from "../tools/house.js";

type Tree = Readonly<Record<string, string>>;

const source = resolve(import.meta.dirname, "..", "src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => /\.[jt]s$/.test(file));
const house: Tree = Object.fromEntries(files.map((file) => [file.split(sep).join("/"), readFileSync(join(source, file), "utf8")]));

const ruleOf = (name: string): ((tree: Tree) => readonly string[]) => {
  const rule = rules[name];
  if (rule === undefined) throw new Error(`no rule "${name}"`);
  return rule;
};

describe("src", () => {
  for (const [name, rule] of Object.entries(rules)) it(name, () => expect(rule(house)).toEqual([]));

  it("is TypeScript and nothing else", () => expect(files.filter((file) => !file.endsWith(".ts"))).toEqual([]));

  it("has a room for every name on a floor, and no name twice", () => {
    const rooms = floors.flat();
    expect(rooms.filter((room) => !Object.keys(house).some((file) => file === room || file.startsWith(`${room}/`)))).toEqual([]);
    expect(new Set(rooms).size).toBe(rooms.length);
  });

  it("gives no reason for a length that no file has", () => {
    expect(Object.keys(longFiles).filter((file) => (house[file] ?? "").split("\n").length - 1 <= 300)).toEqual([]);
  });

  it("excuses no file that needs no excuse", () => {
    const late = (file: string) => importsOf(file, house[file] ?? "").some(({ kind }) => kind === "dynamic");
    expect(
      guarded.filter((file) => !late(file) && !rules["an import says what it imports"]?.({ "x.ts": house[file] ?? "" }).length),
    ).toEqual([]);
  });

  it("is seen: hundreds of imports, threads and late ones among them", () => {
    const kinds = Object.entries(house).flatMap(([file, text]) => importsOf(file, text).map(({ kind }) => kind));
    expect(kinds.length).toBeGreaterThan(500);
    expect(new Set(kinds)).toEqual(new Set(["static", "dynamic", "thread"]));
  });
});

/** A house in which all is well, small. */
const sound: Tree = {
  "faults/index.ts": "/** What went wrong. */\nexport const failed = (what: string) => what;\n",
  "files/index.ts": '/** The only room that writes. */\nimport { writeFileSync } from "node:fs";\nexport const write = writeFileSync;\n',
  "tensor/index.ts": '/** Tensors. */\nexport * from "./tensor.js";\n',
  "tensor/tensor.ts": 'import { failed } from "../faults/index.js";\nexport const t = failed("--- no flag, a rule of dashes ---");\n',
  "engines/index.ts": '/** Engines. */\nexport * from "./gpu/index.js";\nexport * from "./wasm/index.js";\n',
  "engines/gpu/index.ts": '/** The gpu engine. */\nimport type { T } from "../engine.js";\nexport const gpu: T = 1;\n',
  "engines/wasm/index.ts": "/** The wasm engine. */\nexport const wasm = 2;\n",
  "engines/engine.ts": "export type T = number;\n",
  "metric/index.ts":
    '/** The metric. */\nimport { t } from "../tensor/index.js";\n// console.log(t) and process.stdout are only spoken of here\nexport const m = t;\n',
  "train/index.ts": '/** Training. */\nimport { m } from "../metric/index.js";\nexport const run = m;\n',
  "cli/main.ts": 'const { train } = await import("./train.js");\ntrain("--learning-rate");\n',
  "cli/train.ts": 'import { run } from "../train/index.js";\nexport const train = (flag: string) => console.log(flag, run);\n',
  "browser.ts": '/** A page\'s door. */\nexport * from "./train/index.js";\n',
};

/** The sound house with some files changed, and the rule that this breaks, with what it says. */
const broken: readonly (readonly [what: string, rule: string, change: Tree, said: string])[] = [
  ["a room on no floor", "every room has its floor", { "attic/index.ts": "/** An attic. */\n" }, "attic"],
  [
    "an import upward",
    "imports run downward only",
    { "tensor/up.ts": 'import { m } from "../metric/index.js";\n' },
    "tensor/up.ts:1 imports ../metric/index.js",
  ],
  [
    "an import on the same floor",
    "imports run downward only",
    { "metric/across.ts": '\nimport {\n  layer,\n} from "../nn/index.js";\n', "nn/index.ts": "/** Networks. */\n" },
    "metric/across.ts:4 imports ../nn/index.js",
  ],
  [
    "an upward export from",
    "imports run downward only",
    { "faults/up.ts": 'export { t } from "../tensor/index.js";\n' },
    "faults/up.ts:1 imports ../tensor/index.js",
  ],
  [
    "an upward export of everything",
    "imports run downward only",
    { "faults/up.ts": 'export * from "../tensor/index.js";\n' },
    "faults/up.ts:1 imports ../tensor/index.js",
  ],
  [
    "an upward import for its effect",
    "imports run downward only",
    { "faults/up.ts": 'import "../tensor/index.js";\n' },
    "faults/up.ts:1 imports ../tensor/index.js",
  ],
  [
    "an upward import type",
    "imports run downward only",
    { "faults/up.ts": 'import type { T } from "../engines/index.js";\n' },
    "faults/up.ts:1 imports ../engines/index.js",
  ],
  [
    "an upward dynamic import",
    "imports run downward only",
    { "faults/up.ts": 'export const late = async () => (await import("../tensor/index.js")).t;\n' },
    "faults/up.ts:1 imports ../tensor/index.js",
  ],
  [
    "an upward require",
    "imports run downward only",
    { "faults/up.ts": 'const { t } = require("../tensor/index.js");\n' },
    "faults/up.ts:1 imports ../tensor/index.js",
  ],
  [
    "a thread begun from a higher room",
    "imports run downward only",
    { "faults/up.ts": 'new Worker(new URL("../tensor/index.js", import.meta.url));\n' },
    "faults/up.ts:1 imports ../tensor/index.js",
  ],
  [
    "a thread named by its place in src",
    "imports run downward only",
    { "faults/up.ts": 'const worker = "store/readyWorker";\n' },
    "faults/up.ts:1 imports store/readyWorker",
  ],
  [
    "an import around a door",
    "rooms are entered by their doors",
    { "train/around.ts": 'import { t } from "../tensor/tensor.js";\n' },
    "train/around.ts:1 imports ../tensor/tensor.js",
  ],
  [
    "an import of an inner folder's index",
    "rooms are entered by their doors",
    { "train/inner.ts": 'import { gpu } from "../engines/gpu/index.js";\n' },
    "train/inner.ts:1 imports ../engines/gpu/index.js",
  ],
  [
    "a room without a door",
    "every room has a door, and its first words say what lives there",
    { "nn/layer.ts": "export {};\n" },
    "nn has no index.ts",
  ],
  [
    "a door that says nothing",
    "every room has a door, and its first words say what lives there",
    { "nn/index.ts": "/** */\n" },
    "nn/index.ts says nothing in its first line",
  ],
  [
    "an inner folder's index that says nothing",
    "every folder's index says what lives there",
    { "nn/backbones/index.ts": "export {};\n" },
    "nn/backbones/index.ts",
  ],
  [
    "a circle",
    "no file imports itself through others",
    { "tensor/a.ts": 'import "./b.js";\n', "tensor/b.ts": 'export * from "./a.js";\n' },
    "tensor/a.ts -> tensor/b.ts -> tensor/a.ts",
  ],
  [
    "engines that know a loss, by way of another room",
    "rooms do not know what they are strangers to",
    { "engines/loss.ts": 'import "../train/index.js";\n' },
    "engines: train/index.ts:2 imports ../metric/index.js: engines know no loss",
  ],
  [
    "an engine that knows another",
    "rooms do not know what they are strangers to",
    { "engines/gpu/borrow.ts": 'import { wasm } from "../wasm/index.js";\n' },
    "engines/gpu: engines/gpu/borrow.ts:1 imports ../wasm/index.js: engines do not know each other",
  ],
  [
    "a metric that knows a network",
    "rooms do not know what they are strangers to",
    { "metric/net.ts": 'import "../nn/index.js";\n', "nn/index.ts": "/** Networks. */\n" },
    "metric: metric/net.ts:1 imports ../nn/index.js: the metric knows no network and no file",
  ],
  [
    "a metric that reads a file",
    "rooms do not know what they are strangers to",
    { "metric/file.ts": 'export const read = async () => import("node:fs/promises");\n' },
    "metric: metric/file.ts:1 imports node:fs/promises: the metric knows no network and no file",
  ],
  [
    "training that knows a module of Node, far below",
    "rooms do not know what they are strangers to",
    { "tensor/tensor.ts": 'import { join } from "node:path";\nexport const t = join;\n' },
    "train: tensor/tensor.ts:1 imports node:path: training knows no file",
  ],
  [
    "training that writes",
    "rooms do not know what they are strangers to",
    { "train/log.ts": 'import { write } from "../files/index.js";\n' },
    "train: train/log.ts:1 imports ../files/index.js: training knows no file",
  ],
  [
    "a page that reaches a module of Node",
    "rooms do not know what they are strangers to",
    { "train/index.ts": '/** Training. */\nexport * from "node:os";\n' },
    "browser.ts: train/index.ts:2 imports node:os: a page has no module of Node",
  ],
  [
    "an import that a variable names",
    "an import says what it imports",
    { "train/late.ts": 'const name = "node:" + "fs";\nawait import(/* quietly */ name);\n' },
    "train/late.ts:2 imports what a variable says",
  ],
  [
    "a writer elsewhere",
    "only src/files writes",
    { "cli/save.ts": 'import { existsSync, writeFileSync as save } from "node:fs";\n' },
    "cli/save.ts:1 imports node:fs: writeFileSync",
  ],
  [
    "a writer of promises, imported late",
    "only src/files writes",
    { "cli/save.ts": 'const { readFile, rename } = await import("node:fs/promises");\n' },
    "cli/save.ts:1 imports node:fs/promises: rename",
  ],
  [
    "all of the file system at once",
    "only src/files writes",
    { "cli/save.ts": 'import * as fs from "node:fs";\n' },
    "cli/save.ts:1 imports node:fs: *",
  ],
  [
    "the file system as a default import beside readers",
    "only src/files writes",
    { "cli/save.ts": 'import fs, { readFileSync } from "fs";\n' },
    "cli/save.ts:1 imports fs: default",
  ],
  [
    "an open file that could be written",
    "only src/files writes",
    { "cli/save.ts": 'import { open } from "node:fs/promises";\n' },
    "cli/save.ts:1 imports node:fs/promises: open",
  ],
  [
    "a large package that all wait for",
    "large packages are loaded when they are wanted",
    {
      "train/draw.ts":
        'import type { Spec } from "vega";\nimport { parse } from "vega";\nexport const draw = (spec: Spec) => parse(spec);\n',
    },
    "train/draw.ts:2 imports vega",
  ],
  [
    "a command that all others wait for",
    "the command line begins without what its commands need",
    { "cli/main.ts": 'import type { run } from "../train/index.js";\nimport "./train.js";\n' },
    "cli/train.ts:1 imports ../train/index.js",
  ],
  [
    "a library that names a flag",
    "libraries name no flag of the command line",
    { "train/remedy.ts": `// --epochs may be spoken of\nexport const remedy = (n: number) => \`use \${n} or --epochs \${"more"}\`;\n` },
    "train/remedy.ts:2 says or --epochs",
  ],
  [
    "a library that prints",
    "only the command line prints",
    { "train/print.ts": 'export const say = () => {\n  console.log("x");\n};\n' },
    "train/print.ts:2 uses console.",
  ],
  [
    "a library that writes to the terminal within a template",
    "only the command line prints",
    { "train/print.ts": `export const say = () => \`\${"}"} \${process.stderr.write("x")}\`;\n` },
    "train/print.ts:1 uses process.stderr",
  ],
  ["a long file", "a file of more than 300 lines has a reason", { "train/long.ts": "\n".repeat(301) }, "train/long.ts has 301 lines"],
];

describe("the rules", () => {
  it("find nothing in a sound house", () => {
    for (const [name, rule] of Object.entries(rules)) expect(rule(sound), name).toEqual([]);
  });

  for (const [what, rule, change, said] of broken) {
    it(`find ${what}`, () => expect(ruleOf(rule)({ ...sound, ...change })).toContain(said));
  }

  it("are all shown to find something", () => {
    expect([...new Set(broken.map(([, rule]) => rule))].sort()).toEqual(Object.keys(rules).sort());
  });
});

describe("sources are read as code, strings and comments", () => {
  test("a regular expression with quotes, a division, and templates within templates do not confuse it", () => {
    const text = 'const a = b.replace(/"\\/[/"]/g, "x") / 2; // it\'s "said"\nconst c = `p ${`q ${{ d: "}" }.d} r`} s`; console.log(c);\n';
    const { code, strings } = readSource(text);
    expect(strings.map((one) => one.text)).toEqual(["x", "p ", "q ", "}", " r", " s"]);
    expect(code).toContain("console.log(c)");
    expect(code).not.toContain("said");
    expect(code.length).toBe(text.length);
  });

  test("what an import takes is read by its own names, types left out", () => {
    const names = (text: string) => importsOf("a/b.ts", text).map((one) => [...one.names]);
    expect(names('import { a as b, type C, d } from "x";')).toEqual([["a", "d"]]);
    expect(names('import type { A } from "x";')).toEqual([[]]);
    expect(names('import a, { b } from "x";')).toEqual([["default", "b"]]);
    expect(names('import * as a from "x";\nexport * from "y";')).toEqual([["*"], ["*"]]);
    expect(names('const { a, b: c } = await import("x");')).toEqual([["a", "b"]]);
    expect(names('export const text = "from";\nconst other = ["x"];')).toEqual([]);
  });
});
