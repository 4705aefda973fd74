// What a package exports, read from the declarations that TypeScript wrote beside its programs: each export with its words, its signature
// and the file that declares it, as a pure function of those files' texts. tools/api.js draws the reference from it, tools/commonjs.js
// the declarations for `require`.
import { posix } from "node:path";
import { readSource } from "./house.js";

/**
 * @typedef {Readonly<Record<string, string>>} Texts text of each `.d.ts`, by its path below dist
 * @typedef {{ readonly name: string, readonly kind: "value" | "type", readonly exported: boolean, readonly words: string, readonly text: string }} Declaration
 * @typedef {{ readonly name: string, readonly kind: "value" | "type" | "both", readonly file: string, readonly words: string, readonly text: string }} Export
 * @typedef {{ readonly from: string, readonly names: readonly { readonly there: string, readonly here: string, readonly type: boolean }[] | "*" }} Handed
 * @typedef {{ readonly about: string, readonly declarations: readonly Declaration[], readonly handed: readonly Handed[] }} Page
 */

/** A comment's words, without its stars. @param {string} comment */
const wordsOf = (comment) =>
  comment
    .replace(/^\/\*\*\s*(?:\* )?|\s*\*\/$/g, "")
    .replace(/\n[ \t]*\* ?/g, "\n")
    .trim();

/** Where each statement of the outermost level begins and ends. @param {string} code without comments and strings */
const statementsOf = (code) => {
  /** @type {{ from: number, to: number }[]} */
  const found = [];
  let [from, depth] = [0, 0];
  for (let at = 0; at < code.length; at++) {
    const character = code[at] ?? "";
    if ("({[".includes(character)) depth += 1;
    if (")}]".includes(character)) depth -= 1;
    const block =
      character === "}" && /^\s*(?:export )?(?:declare )?(?:abstract )?(?:interface|class|namespace)\b/.test(code.slice(from, at));
    if (depth > 0 || !(character === ";" || block)) continue;
    found.push({ from: from + (/^\s*/.exec(code.slice(from))?.[0].length ?? 0), to: at + 1 });
    from = at + 1;
  }
  return found;
};

/**
 * The second and later names of a statement that declares several.
 * @param {string} statement
 * @returns {readonly { readonly name: string, readonly text: string }[]}
 */
const siblingsOf = (statement) => {
  const { code } = readSource(statement);
  let depth = 0;
  return [...code.matchAll(/[({[<]|(?<!=)>|[)}\]]|, (\w+): /g)].flatMap(({ 0: found, 1: name, index }) => {
    if (name === undefined) depth += "({[<".includes(found) ? 1 : -1;
    return name === undefined || depth > 0 ? [] : [{ name, text: `export declare const ${statement.slice(index + 2)}` }];
  });
};

/** `a, type B as C` @param {string} list @param {boolean} type */
const handedNames = (list, type) =>
  list
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .map((one) => {
      const [there = "", here = there] = one.replace(/^type /, "").split(/\s+as\s+/);
      return { there, here, type: type || one.startsWith("type ") };
    });

/**
 * One file of declarations: its first words, what it declares and what it hands on.
 * @param {string} text
 * @returns {Page}
 */
export const readPage = (text) => {
  const { code } = readSource(text);
  const statements = statementsOf(code).map(({ from, to }, index, all) => {
    const before = text.slice(all[index - 1]?.to ?? 0, from);
    const comments = [...before.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(([comment]) => comment);
    // The first comment of a file is the file's, where an import or another comment follows it.
    const own = index === 0 && comments.length === 1 && /^\s*import\b/.test(text.slice(from)) ? undefined : comments.at(-1);
    return { words: own === undefined ? "" : wordsOf(own), text: text.slice(from, to), first: index === 0 ? comments[0] : undefined };
  });
  const declared = /^(?:export )?(?:declare )?(?:abstract )?(const|let|function|class|interface|type) (\w+)/;
  return {
    about: wordsOf(statements[0]?.first ?? ""),
    declarations: statements.flatMap(({ words, text: statement }) => {
      const [, keyword = "", name = ""] = declared.exec(statement) ?? [];
      if (name === "") return [];
      /** @type {"value" | "type"} */
      const kind = keyword === "interface" || keyword === "type" ? "type" : "value";
      const one = { kind, exported: statement.startsWith("export "), words };
      // `const { a, b } = ..` is declared as `const a: A, b: B;`.
      return [
        { ...one, name, text: statement },
        ...(keyword === "const" ? siblingsOf(statement).map((other) => ({ ...one, ...other })) : []),
      ];
    }),
    handed: statements.flatMap(({ text: statement }) => {
      const [, type, list = "", from = "."] = /^export (type )?(\*|\{[^}]*\})(?: from "([^"]+)")?;$/.exec(statement) ?? [];
      if (list === "") return [];
      return [{ from, names: list === "*" ? "*" : handedNames(list.slice(1, -1), type !== undefined) }];
    }),
  };
};

/** @param {string} from @param {string} specifier */
const fileAt = (from, specifier) => posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\.js$/, ".d.ts");

/**
 * Everything that an entry exports, its own and what it hands on, by name. A file that exports one thing says in its first words what it is.
 * @param {Texts} texts
 * @param {string} entry `index.d.ts`
 * @returns {readonly Export[]} in the order of their names
 */
export const exportsOf = (texts, entry) => {
  /** @type {Map<string, ReadonlyMap<string, Export>>} */
  const read = new Map();
  /** @type {(file: string) => ReadonlyMap<string, Export>} */
  const of = (file) => {
    const known = read.get(file);
    if (known !== undefined) return known;
    const text = texts[file];
    if (text === undefined) throw new Error(`${file} is handed on and not there`);
    const { about, declarations, handed } = readPage(text);
    /** @type {Map<string, Export>} */
    const found = new Map();
    for (const { from, names } of handed) {
      const others = from === "." ? new Map() : of(fileAt(file, from));
      if (names === "*") for (const [name, one] of others) found.set(name, one);
      else
        for (const { there, here } of names) {
          const one = others.get(there);
          if (one === undefined) throw new Error(`${file} hands on ${there}, which ${from} does not export`);
          found.set(here, { ...one, name: here });
        }
    }
    const own = declarations.filter(({ exported }) => exported);
    const alone = new Set(own.map(({ name }) => name)).size === 1;
    for (const { name, kind, words, text: signature } of own) {
      const twin = own.find((other) => other.name === name && other.kind !== kind);
      const both = twin === undefined ? { kind, words, text: signature } : { kind: "both", words: words || twin.words, text: signature };
      const before = found.get(name);
      const text = before?.file === file ? `${before.text}\n${both.text}` : both.text;
      found.set(name, /** @type {Export} */ ({ ...both, text, name, file, words: both.words || (alone ? about : "") }));
    }
    read.set(file, found);
    return found;
  };
  return [...of(entry).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};
