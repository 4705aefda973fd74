/** Class-folder trees: root/class/*.jpg, one class a folder. */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { groupBy } from "fp-ts/lib/NonEmptyArray.js";
import { type Fault, failed, listed } from "../faults/index.js";
import { missed, pictureEndings, type Walked, walkPictures } from "../files/index.js";
import type { LeftOut } from "./description.js";

/** A class folder. */
export interface ImageClass {
  /** In composed characters (NFC), however its folder is spelt. */
  readonly name: string;
  /** Paths below the root, with forward slashes, in order. */
  readonly files: readonly string[];
}

/** A folder of class folders, as it was found. */
export interface ImageTree {
  readonly root: string;
  readonly classes: readonly ImageClass[];
  /** Pictures and classes that have no part in it. */
  readonly leftOut: readonly LeftOut[];
  /** What needs attention, a line each. */
  readonly warnings: readonly string[];
}

/** Written beside a generated data set's class folders; no stray file. */
export const manifestName = "manifest.json";

const layoutOf = (root: string): string =>
  `The layout is one folder for each class, root/class/*.jpg (${pictureEndings}):${listed(["cats/1.jpg", "cats/2.jpg", "dogs/1.jpg", "dogs/2.jpg"].map((path) => join(root, path)))}`;

/** Folders that a path goes through: 1 for a picture of a class. */
const depthOf = (path: string): number => path.split("/").length - 1;

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

const strayWarning = ({ passedOver }: Walked): readonly string[] => {
  const strays = passedOver.filter(({ path, kind }) => kind === "stray" && path !== manifestName).map(({ path }) => path);
  return strays.length === 0
    ? []
    : [
        `passed over ${strays.length} entr${strays.length === 1 ? "y that is no picture" : "ies that are no pictures"}:${listed(strays, 5)}`,
      ];
};

const lonelyWarning = (classes: readonly ImageClass[]): readonly string[] => {
  const lonely = classes.filter(({ files }) => files.length === 1).map(({ name }) => name);
  return lonely.length === 0
    ? []
    : [`${lonely.length} class(es) with a single image cannot form a positive pair and take no part in training:${listed(lonely, 5)}`];
};

/** A name with what lies beyond ASCII spelt out: two spellings of a name look alike. */
const spelt = (name: string): string =>
  name.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

const speltTwice = (folders: readonly string[]): readonly string[] =>
  Object.entries(groupBy((folder: string) => folder.normalize("NFC"))([...folders]))
    .filter(([, own]) => own.length > 1)
    .map(([name, own]) => `${own.length} folders of one name in different spellings are one class, ${name}: ${own.map(spelt).join(", ")}`);

const leftOutOf = ({ pictures, passedOver }: Walked, empty: readonly string[]): readonly LeftOut[] => [
  ...missed(passedOver).map(({ path, why }) => ({ path, why })),
  ...pictures.filter((path) => depthOf(path) === 0).map((path) => ({ path, why: "in no class's folder" })),
  ...pictures.filter((path) => depthOf(path) > 1).map((path) => ({ path, why: "deeper than its class's folder" })),
  ...empty.map((path) => ({ path, why: "a class folder without a picture" })),
];

/** Every folder of the root is a class, whether it has pictures or not. */
const classesIn = ({ folders, pictures }: Walked): readonly ImageClass[] => {
  const files = new Map<string, string[]>(folders.filter((path) => depthOf(path) === 0).map((folder) => [folder.normalize("NFC"), []]));
  for (const path of pictures) if (depthOf(path) === 1) files.get(folderOf(path).normalize("NFC"))?.push(path);
  return [...files].map(([name, own]) => ({ name, files: own }));
};

/** Folders below the root that hold two class folders or more, that of most pictures first. */
const rootsBelow = (
  pictures: readonly string[],
): readonly { readonly path: string; readonly classes: number; readonly count: number }[] => {
  const deep = pictures.filter((path) => depthOf(path) > 1);
  return Object.entries(groupBy((path: string) => folderOf(folderOf(path)))(deep))
    .map(([path, own]) => ({ path, classes: new Set(own.map(folderOf)).size, count: own.length }))
    .filter(({ classes }) => classes > 1)
    .sort((a, b) => b.count - a.count);
};

/** Why fewer than two classes have pictures. */
const tooFew = (root: string, { pictures }: Walked, classes: readonly ImageClass[]): Fault => {
  const below = rootsBelow(pictures);
  const loose = pictures.filter((path) => depthOf(path) === 0).length;
  if (below.length > 0)
    return failed(
      `its class folders are further down: give ${below.length === 1 ? "this folder" : "one of these folders"} instead:${listed(
        below.map(({ path, classes, count }) => `${join(root, path)} (${count} pictures of ${classes} classes)`),
        5,
      )}`,
      { where: root },
    );
  const found =
    classes.length === 1
      ? `one class folder only (${classes[0]?.name})`
      : loose > 0
        ? `${loose} picture(s) and no class folder`
        : "no class folder with pictures";
  return failed(`found ${found}; two or more are needed. ${layoutOf(root)}`, { where: root });
};

const treeOf = (root: string, walked: Walked): E.Either<Fault, ImageTree> => {
  const all = classesIn(walked);
  const classes = all.filter(({ files }) => files.length > 0);
  const empty = all.filter(({ files }) => files.length === 0).map(({ name }) => name);
  if (classes.length < 2) return E.left(tooFew(root, walked, classes));
  const folders = walked.folders.filter((path) => depthOf(path) === 0);
  return E.right({
    root,
    classes,
    leftOut: leftOutOf(walked, empty),
    warnings: [...strayWarning(walked), ...speltTwice(folders), ...lonelyWarning(classes)],
  });
};

/**
 * The classes and picture files below `root`, in the order of the walk. Hidden entries and those of systems are ignored.
 * Errors: no such folder, no right to read it, fewer than two classes with pictures.
 */
export const scanImageTree = (root: string): E.Either<Fault, ImageTree> => {
  const status = statSync(root, { throwIfNoEntry: false });
  if (status === undefined) return E.left(failed(`there is no such folder. ${layoutOf(root)}`, { where: root }));
  if (!status.isDirectory()) return E.left(failed(`it is a file, not a folder. ${layoutOf("photos")}`, { where: root }));
  return E.chain((walked: Walked) => treeOf(root, walked))(walkPictures(root));
};
