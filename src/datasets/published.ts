/**
 * Data sets that are handed out with lists of their own: where such a list is, rows of text, and which of the pictures in it are there.
 * A list is believed in what it says of classes and parts, never in where it leads.
 */
import { existsSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, listed, reasonOf } from "../faults/index.js";
import { readAtMost, textIn } from "../files/index.js";
import type { Handout, Item, LeftOut } from "./description.js";

/** The largest of the published lists has 7 MB. */
export const mostListBytes = 1 << 26;

/** How the files of a published data set have to lie below its own folder, in words. */
export const handoutLayout = (root: string, { layout, from }: Handout): string =>
  `the files of ${from} belong here:${listed(layout.map((path) => join(root, path)))}`;

/** Where a data set's files are: `data` itself, or the folder below it that its archive unpacks into; whichever has `marker`. */
export const archiveRoot = (data: string, marker: string, handout: Handout): E.Either<Fault, string> => {
  const unpacked = join(data, handout.folder);
  const found = [data, unpacked].find((one) => existsSync(join(one, marker)));
  return found === undefined
    ? E.left(failed(`there is no ${marker}: ${handoutLayout(unpacked, handout)}`, { where: data }))
    : E.right(found);
};

/** A line of a list by its number, the first being 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines of a list, empty ones left out. */
export const listLines = (path: string): E.Either<Fault, readonly Line[]> =>
  E.map((bytes: Uint8Array) =>
    textIn(bytes)
      .split(/\r?\n/)
      .map((text, index) => ({ number: index + 1, text }))
      .filter(({ text }) => text.trim() !== ""),
  )(readAtMost(path, mostListBytes));

/** Something wrong in a line of a file. */
export const wrongLine = (path: string, { number, text }: Line, what: string): Fault =>
  failed(`${what}: ${JSON.stringify(text.slice(0, 200))}`, { where: `${path}, line ${number}` });

/** Every line as what `parse` makes of its groups by the pattern. Left: the first that does not fit. */
export const matched = <A>(
  path: string,
  lines: readonly Line[],
  form: { readonly pattern: RegExp; readonly words: string },
  parse: (groups: readonly string[], line: Line) => A,
): E.Either<Fault, readonly A[]> => {
  const parsed: A[] = [];
  for (const line of lines) {
    const found = form.pattern.exec(line.text);
    if (found === null) return E.left(wrongLine(path, line, `is not of the form \`${form.words}\``));
    parsed.push(parse(found.slice(1), line));
  }
  return E.right(parsed);
};

/** A list whose first line is a heading that must be there. */
export const headed = (path: string, lines: readonly Line[], heading: string): E.Either<Fault, readonly Line[]> => {
  const [first, ...rest] = lines;
  return first?.text.trim().split(/\s+/).join(" ") === heading
    ? E.right(rest)
    : E.left(failed(`does not begin with the line \`${heading}\``, { where: path, remedy: "fetch the list again" }));
};

/** Why a path of a list may not be followed; undefined where it stays below the root. */
export const strays = (path: string): string | undefined =>
  path === "" || path.includes("\0") || /^(?:[/\\]|[a-zA-Z]:)/.test(path) || path.split(/[/\\]/).includes("..")
    ? "leads out of the data's folder"
    : posix.normalize(path) !== path
      ? `is written in a roundabout way (${posix.normalize(path)} is meant)`
      : undefined;

/** An item and the place in a list that names it, in words. */
export interface Named {
  readonly item: Item;
  readonly place: string;
}

export const numbered = ({ number }: Line): string => `line ${number}`;

/** Items of which none leads out of the folder and none is there twice. `where` is the list. */
export const sound = (where: string, named: readonly Named[]): E.Either<Fault, readonly Item[]> => {
  const first = new Map<string, string>();
  for (const { item, place } of named) {
    const wrong = strays(item.path);
    if (wrong !== undefined) return E.left(failed(`${place}: the path ${JSON.stringify(item.path)} ${wrong}`, { where }));
    const before = first.get(item.path);
    if (before !== undefined) return E.left(failed(`${place}: ${item.path} is in ${before} already`, { where }));
    first.set(item.path, place);
  }
  return E.right(named.map(({ item }) => item));
};

/** What the system refuses to look for is not there either. */
const isThere = (path: string): boolean =>
  E.getOrElse(() => false)(E.tryCatch(() => statSync(path, { throwIfNoEntry: false })?.isFile() === true, reasonOf));

export interface Present {
  readonly items: readonly Item[];
  readonly leftOut: readonly LeftOut[];
}

/** Why a picture of a list is left out whose file is not there. */
export const notThere = "is in the list and not in the folder";

/** Those of the items whose files are there, the others left out. Left: none of them is; `advice` says where they belong. */
export const present = (root: string, items: readonly Item[], advice: string): E.Either<Fault, Present> => {
  const there = items.map(({ path }) => isThere(join(root, path)));
  const kept = items.filter((_, index) => there[index]);
  if (items.length === 0) return E.left(failed("its list names no picture", { where: root }));
  return kept.length === 0
    ? E.left(failed(`of the ${items.length} pictures of its list none is there, such as ${items[0]?.path}: ${advice}`, { where: root }))
    : E.right({ items: kept, leftOut: items.flatMap(({ path }, index) => (there[index] ? [] : [{ path, why: notThere }])) });
};
