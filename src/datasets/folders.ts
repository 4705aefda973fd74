/**
 * Class-folder trees: root/class/*.jpg|jpeg|png. Order is by code unit, the same on every system and in every locale.
 */
import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { codeOf, type Fault, failed, listed, reasonOf } from "../faults/index.js";

export interface ImageClass {
  readonly name: string;
  /** Paths below the root, with forward slashes, in order. */
  readonly files: readonly string[];
}

export interface ImageTree {
  readonly root: string;
  readonly classes: readonly ImageClass[];
  /** What was left out or needs attention, a line each. */
  readonly warnings: readonly string[];
}

/** Written beside a generated data set's class folders; no stray file. */
export const manifestName = "manifest.json";

const isImage = (name: string): boolean => /\.(jpe?g|png)$/i.test(name);
const isHidden = (name: string): boolean => name.startsWith(".");
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const visibleEntries = (folder: string): readonly Dirent[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !isHidden(name))
    .sort((a, b) => byCodeUnit(a.name, b.name));

const isFolder = (folder: string, entry: Dirent): boolean =>
  entry.isDirectory() ||
  (entry.isSymbolicLink() && (statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false));

interface ScannedClass extends ImageClass {
  readonly strays: readonly string[];
}

const scanClass = (root: string, name: string): ScannedClass => {
  const folder = join(root, name);
  const entries = visibleEntries(folder).map((entry) => ({ name: entry.name, usable: isImage(entry.name) && !isFolder(folder, entry) }));
  const paths = (usable: boolean): readonly string[] =>
    entries.filter((entry) => entry.usable === usable).map((entry) => `${name}/${entry.name}`);
  return { name, files: paths(true), strays: paths(false) };
};

const layout = "The layout is one folder for each class: root/class/*.jpg, *.jpeg or *.png";

const strayWarning = (strays: readonly string[]): readonly string[] =>
  strays.length === 0
    ? []
    : [
        `left out ${strays.length} entr${strays.length === 1 ? "y that is no image" : "ies that are no images"} of a class:${listed(strays, 5)}`,
      ];

const lonelyWarning = (classes: readonly ImageClass[]): readonly string[] => {
  const lonely = classes.filter(({ files }) => files.length === 1).map(({ name }) => name);
  return lonely.length === 0
    ? []
    : [`${lonely.length} class(es) with a single image cannot form a positive pair and take no part in training:${listed(lonely, 5)}`];
};

/**
 * The classes and image files below `root`. Hidden entries are ignored, other strays are named in the warnings.
 * Errors: no such folder, no right to read it, fewer than two classes, a class folder without an image.
 */
export const scanImageTree = (root: string): E.Either<Fault, ImageTree> => {
  const rootStatus = statSync(root, { throwIfNoEntry: false });
  if (rootStatus === undefined) return E.left(failed(`${root}: there is no such folder. ${layout}.`));
  if (!rootStatus.isDirectory()) return E.left(failed(`${root}: it is a file, not a folder. ${layout}.`));
  try {
    const entries = visibleEntries(root);
    const folders = entries.filter((entry) => isFolder(root, entry)).map(({ name }) => name);
    const loose = entries.filter((entry) => !isFolder(root, entry) && entry.name !== manifestName).map(({ name }) => name);
    const classes = folders.map((name) => scanClass(root, name));
    const empty = classes.filter(({ files }) => files.length === 0).map(({ name }) => name);
    if (classes.length < 2)
      return E.left(
        failed(
          `${root}: found ${classes.length === 0 ? "no class folder" : `one class folder only (${classes[0]?.name})`}; two or more are needed. ${layout}.`,
        ),
      );
    if (empty.length > 0)
      return E.left(failed(`${root}: ${empty.length} class folder(s) without an image: add images or remove the folder:${listed(empty)}`));
    return E.right({
      root,
      classes: classes.map(({ name, files }) => ({ name, files })),
      warnings: [...strayWarning([...loose, ...classes.flatMap(({ strays }) => strays)]), ...lonelyWarning(classes)],
    });
  } catch (thrown) {
    return E.left(failed(`${root}: cannot be read (${codeOf(thrown) || reasonOf(thrown)}): check the permissions of the folder`));
  }
};
