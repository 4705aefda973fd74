// The house: its floors and rooms, and the rules they keep, as pure functions of a tree of sources. test/architecture.test.ts
// holds src/ to the rules and the rules to small trees that break them; tools/rooms.js draws what is read here.
import { posix } from "node:path";

/**
 * @typedef {Readonly<Record<string, string>>} Tree text of each source file, by its path below src
 * @typedef {{ readonly from: string, readonly line: number, readonly specifier: string, readonly names: readonly string[], readonly kind: "static" | "dynamic" | "thread" }} Import
 * @typedef {{ readonly code: string, readonly strings: readonly { readonly text: string, readonly at: number }[] }} Read code without comments and with the strings blanked; the strings by themselves
 */

/** Lowest first. A room may import from rooms of lower floors only; rooms of one floor do not know each other. */
export const floors = [
  ["faults", "random"],
  ["settings", "tensor", "files", "workers"],
  ["autodiff", "engines", "pictures", "weights"],
  ["metric", "nn", "optim", "evaluate", "datasets", "arrays"],
  ["embed", "store"],
  ["train", "models"],
  ["runs", "verify", "export", "baselines"],
  ["report", "experiments", "search"],
  ["serve", "queue", "play"],
  ["cli", "browser.ts"],
  ["index.ts"],
];

/**
 * What a room must reach by no chain of imports, though it may lie on a lower floor.
 * @type {readonly { readonly room: string, readonly never: readonly string[], readonly because: string }[]}
 */
export const strangers = [
  { room: "engines", never: ["metric", "nn", "optim"], because: "engines know no loss" },
  { room: "metric", never: ["nn", "pictures", "files", "node:"], because: "the metric knows no network and no file" },
  { room: "train", never: ["files", "datasets", "store", "node:"], because: "training knows no file" },
  { room: "engines/reference", never: ["engines/gpu", "engines/wasm", "engines/webgpu"], because: "engines do not know each other" },
  { room: "engines/gpu", never: ["engines/reference", "engines/wasm", "engines/webgpu"], because: "engines do not know each other" },
  { room: "engines/wasm", never: ["engines/gpu", "engines/reference", "engines/webgpu"], because: "engines do not know each other" },
  { room: "engines/webgpu", never: ["engines/gpu", "engines/reference", "engines/wasm"], because: "engines do not know each other" },
  { room: "experiments", never: ["queue", "bullmq", "ioredis"], because: "experiments do not know how cells travel" },
  { room: "browser.ts", never: ["node:"], because: "a page has no module of Node" },
  { room: "play", never: ["node:"], because: "a page has no module of Node" },
];

/** What may stand before a regular expression's first slash. */
const opensRegex = /(?:^|[(,=:[!&|?{};\n]|=>|\breturn|\btypeof)\s*$/;

/**
 * Comments taken away and strings set apart, so that words in them are not taken for code. Lengths and lines stay.
 * @param {string} text
 * @returns {Read}
 */
export const readSource = (text) => {
  let code = "";
  /** @type {{ text: string, at: number }[]} */
  const strings = [];
  /** Depths of braces at which an expression within a template ends. @type {number[]} */
  const templates = [];
  let depth = 0;
  let at = 0;
  const blank = (/** @type {number} */ end) => {
    code += text.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  };
  const string = (/** @type {string} */ quote, /** @type {number} */ start) => {
    let end = start;
    while (end < text.length && text[end] !== quote && !(quote === "`" && text.startsWith("${", end))) end += text[end] === "\\" ? 2 : 1;
    strings.push({ text: text.slice(start, end), at: start });
    const expression = quote === "`" && text.startsWith("${", end);
    if (expression) templates.push(depth);
    blank(Math.min(end + (expression ? 2 : 1), text.length));
  };
  while (at < text.length) {
    const character = text[at] ?? "";
    if (text.startsWith("//", at)) blank(text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at));
    else if (text.startsWith("/*", at)) blank(text.indexOf("*/", at) + 2);
    else if (character === '"' || character === "'" || character === "`") string(character, at + 1);
    else if (character === "}" && templates.at(-1) === depth) {
      templates.pop();
      string("`", at + 1);
    } else if (character === "/" && opensRegex.test(code))
      blank(at + (/^\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\//.exec(text.slice(at))?.[0].length ?? 1));
    else {
      if (character === "{") depth += 1;
      if (character === "}") depth -= 1;
      code += character;
      at += 1;
    }
  }
  return { code, strings };
};

const lineOf = (/** @type {string} */ text, /** @type {number} */ at) => text.slice(0, at).split("\n").length;

/** `{ readFile, type Stats, open as opened }` -> readFile, open; anything but braces is everything: `*`. */
const namesIn = (/** @type {string} */ clause) => {
  const braces = /\{([^}]*)\}/.exec(clause)?.[1];
  if (braces === undefined) return ["*"];
  const names = braces.split(",").map((one) => one.trim());
  const first = /^\s*\w+\s*,/.test(clause) ? ["default"] : [];
  return [...first, ...names.filter((one) => one !== "" && !one.startsWith("type ")).map((one) => one.split(/\s+as\s+|\s*:/)[0] ?? one)];
};

/**
 * Every import of a file: `import`, `export .. from`, `import(..)`, `require(..)`, and files named for a thread to run.
 * @param {string} from
 * @param {string} text
 * @returns {readonly Import[]}
 */
export const importsOf = (from, text) => {
  const { code, strings } = readSource(text);
  return strings.flatMap(({ text: specifier, at }) => {
    const before = code.slice(Math.max(0, at - 2000), at - 1);
    const found = (/** @type {Import["kind"]} */ kind, /** @type {readonly string[]} */ names) => [
      { from, line: lineOf(text, at), specifier, names, kind },
    ];
    const clause = /(?:^|[;\n])\s*(?:import|export)\b([^;]*)$/.exec(before)?.[1];
    if (clause !== undefined && /(?:\bfrom|^)\s*$/.test(clause)) return found("static", /^\s*type\b/.test(clause) ? [] : namesIn(clause));
    if (/\b(?:import|require)\(\s*$/.test(before)) return found("dynamic", namesIn(/[^;\n]*$/.exec(before)?.[0] ?? ""));
    if (/^\.{1,2}\/.*\.[jt]s$|^\w+\/(?:\w+\/)*\w+Worker$/.test(specifier)) return found("thread", ["*"]);
    return [];
  });
};

/** @param {Tree} tree */
const allImports = (tree) => Object.entries(tree).flatMap(([file, text]) => importsOf(file, text));

/** @param {Import} one */
const inside = ({ specifier, kind }) => specifier.startsWith(".") || kind === "thread";

/** The file of src that an import leads to, or the module outside. Threads are named from src itself. @param {Import} one */
export const targetOf = (one) => {
  const { from, specifier } = one;
  if (!inside(one)) return specifier;
  return specifier.startsWith(".")
    ? posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\.js$/, ".ts")
    : `${specifier}.ts`;
};

/** @param {string} file */
export const roomOf = (file) => file.split("/")[0] ?? file;

const isIn = (/** @type {string} */ file, /** @type {string} */ place) =>
  place.endsWith(":") ? file.startsWith(place) : file === place || file.startsWith(`${place}/`);
const said = (/** @type {Import} */ { from, line, specifier }) => `${from}:${line} imports ${specifier}`;
const floorOf = (/** @type {string} */ room) => floors.findIndex((rooms) => rooms.includes(room));

/** Node's functions that change the file system. `open` may write too: who opens to read is named in `readers`. */
const writers =
  /^(?:\*|default|promises|(?:append|write|copy)File|write|writev|mkdir|mkdtemp|rename|rm|rmdir|unlink|cp|createWriteStream|open|truncate|ftruncate|symlink|link|[fl]?chmod|[fl]?chown|[fl]?utimes)(?:Sync)?$/;

/** Files outside src/files that open a file, and only read it. */
const readers = ["store/shard.ts"];

/** Files that load a module of Node by themselves when they find themselves in Node; in a page they go another way. */
export const guarded = [
  "engines/gpu/backends.ts",
  "engines/gpu/vulkan.ts",
  "engines/wasm/arithmetic.ts",
  "engines/wasm/module.ts",
  "engines/wasm/threads.ts",
  "evaluate/counting.ts",
  "pictures/vectorResample.ts",
  "verify/golden.ts",
];

/** Packages that take a tenth of a second or more to load: whoever wants one waits for it, and nobody else. */
const large = /^(?:bullmq|gpu\.js|ioredis|onnxruntime-(?:node|web)|vega|webgpu)$/;

/** Rooms that every command needs; the others are loaded by the command that does. */
const early = ["cli", "faults", "files"];

/** Flags that are other programs' own. */
const foreignFlags = /--(?:appendonly|experimental-wasm-relaxed-simd|ignore-scripts|input-type)\b/g;

/** Files of more than 300 lines, and why each is one idea all the same. @type {Readonly<Record<string, string>>} */
export const longFiles = {
  "engines/wasm/engine.ts": "one engine record, and the memory that its programs are given",
  "train/split.ts": "one step in its four programs",
};

/** @param {readonly Import[]} imports @returns {ReadonlyMap<string, readonly Import[]>} by the file that has them */
const byFile = (imports) => {
  /** @type {Map<string, Import[]>} */
  const found = new Map();
  for (const one of imports) found.set(one.from, [...(found.get(one.from) ?? []), one]);
  return found;
};

/** @param {Tree} tree @param {string} start @param {(one: Import) => boolean} counts */
const reachedFrom = (tree, start, counts) => {
  const edges = byFile(allImports(tree).filter(counts));
  /** By what is reached, the import that led there. @type {Map<string, string>} */
  const reached = new Map();
  const visit = (/** @type {string} */ file) => {
    for (const one of edges.get(file) ?? []) {
      const target = targetOf(one);
      if (reached.has(target)) continue;
      reached.set(target, said(one));
      visit(target);
    }
  };
  for (const file of Object.keys(tree)) if (isIn(file, start)) visit(file);
  return reached;
};

/**
 * The rules: each gives a line for every place of a tree that breaks it.
 * @type {Readonly<Record<string, (tree: Tree) => readonly string[]>>}
 */
export const rules = {
  "every room has its floor": (tree) => [...new Set(Object.keys(tree).map(roomOf))].filter((room) => floorOf(room) < 0),

  "imports run downward only": (tree) =>
    allImports(tree)
      .filter(inside)
      .filter((one) => {
        const [from, to] = [roomOf(one.from), roomOf(targetOf(one))];
        return from !== to && floorOf(to) >= floorOf(from);
      })
      .map(said),

  "rooms are entered by their doors": (tree) =>
    allImports(tree)
      .filter(inside)
      .filter((one) => roomOf(one.from) !== roomOf(targetOf(one)) && !/^(?:\w+\/)?(?:index|browser)\.ts$/.test(targetOf(one)))
      .map(said),

  "every room has a door, and its first words say what lives there": (tree) =>
    [
      ...new Set(
        Object.keys(tree)
          .filter((file) => file.includes("/"))
          .map(roomOf),
      ),
    ].flatMap((room) => {
      const door = tree[`${room}/index.ts`];
      if (door === undefined) return room === "cli" ? [] : [`${room} has no index.ts`];
      return /^\/\*\*\s*(?:\*\s*)?\w/.test(door) ? [] : [`${room}/index.ts says nothing in its first line`];
    }),

  "every folder's index says what lives there": (tree) =>
    Object.keys(tree).filter((file) => file.endsWith("/index.ts") && !tree[file]?.startsWith("/**")),

  "no file imports itself through others": (tree) => {
    const edges = byFile(allImports(tree).filter(inside));
    /** @type {Set<string>} */
    const done = new Set();
    /** @type {(file: string, path: readonly string[]) => string | undefined} */
    const circle = (file, path) => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(" -> ");
      if (done.has(file)) return undefined;
      for (const one of edges.get(file) ?? []) {
        const found = circle(targetOf(one), [...path, file]);
        if (found !== undefined) return found;
      }
      done.add(file);
      return undefined;
    };
    return Object.keys(tree).flatMap((file) => circle(file, []) ?? []);
  },

  "rooms do not know what they are strangers to": (tree) =>
    strangers.flatMap(({ room, never, because }) => {
      const own = (/** @type {Import} */ one) => !guarded.includes(one.from) || one.kind === "static";
      const reached = reachedFrom(tree, room, own);
      return [...reached].filter(([target]) => never.some((place) => isIn(target, place))).map(([, by]) => `${room}: ${by}: ${because}`);
    }),

  "large packages are loaded when they are wanted": (tree) =>
    allImports(tree)
      .filter(({ specifier, kind, names }) => kind === "static" && names.length > 0 && large.test(specifier))
      .map(said),

  "the command line begins without what its commands need": (tree) =>
    [...reachedFrom(tree, "cli/main.ts", ({ kind, names }) => kind === "static" && names.length > 0)]
      .filter(([target]) => tree[target] !== undefined && !early.includes(roomOf(target)))
      .map(([, by]) => by),

  "an import says what it imports": (tree) =>
    Object.entries(tree).flatMap(([file, text]) =>
      guarded.includes(file)
        ? []
        : [...readSource(text).code.matchAll(/\b(?:import|require)\(\s*(?=[^\s)])/g)].map(
            ({ index }) => `${file}:${lineOf(text, index)} imports what a variable says`,
          ),
    ),

  "only src/files writes": (tree) =>
    allImports(tree)
      .filter(({ from, specifier }) => /^(?:node:)?fs(?:\/promises)?$/.test(specifier) && !isIn(from, "files"))
      .flatMap((one) => {
        const used = one.names.filter((name) => writers.test(name) && !(name === "open" && readers.includes(one.from)));
        return used.length === 0 ? [] : [`${said(one)}: ${used.join(", ")}`];
      }),

  "libraries name no flag of the command line": (tree) =>
    Object.entries(tree).flatMap(([file, text]) =>
      isIn(file, "cli")
        ? []
        : readSource(text)
            .strings.filter((one) => /(?:^|[^\w-])--[a-z]/.test(one.text.replace(foreignFlags, "")))
            .map((one) => `${file}:${lineOf(text, one.at)} says ${one.text.trim()}`),
    ),

  "only the command line prints": (tree) =>
    Object.entries(tree).flatMap(([file, text]) =>
      isIn(file, "cli")
        ? []
        : [...readSource(text).code.matchAll(/\bconsole\s*\.|\bprocess\s*\.\s*(?:stdout|stderr)\b/g)].map(
            ({ index, 0: found }) => `${file}:${lineOf(text, index)} uses ${found}`,
          ),
    ),

  "a file of more than 300 lines has a reason": (tree) =>
    Object.entries(tree)
      .map(([file, text]) => ({ file, lines: text.split("\n").length - 1 }))
      .filter(({ file, lines }) => lines > 300 && longFiles[file] === undefined)
      .map(({ file, lines }) => `${file} has ${lines} lines`),
};
