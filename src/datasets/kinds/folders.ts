/**
 * Class-folder trees: root/class/*.jpg, one class a folder. The first classes in name order train, the others are never seen and test.
 */
import { statSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, listed } from "../../faults/index.js";
import { type PassedOver, pictureEndings, type Walked, walkPictures } from "../../files/index.js";
import { share } from "../../settings/index.js";
import { type DatasetKind, type Description, datasetKind, type Item } from "../description.js";
import { splitByClass } from "../split.js";

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

const layout = `The layout is one folder for each class: root/class/*.jpg (${pictureEndings})`;

/** Folders that a path goes through: 1 for a picture of a class. */
const depthOf = (path: string): number => path.split("/").length - 1;

const strayWarning = (strays: readonly string[]): readonly string[] =>
  strays.length === 0
    ? []
    : [
        `left out ${strays.length} entr${strays.length === 1 ? "y that is no picture" : "ies that are no pictures"} of a class:${listed(strays, 5)}`,
      ];

const lonelyWarning = (classes: readonly ImageClass[]): readonly string[] => {
  const lonely = classes.filter(({ files }) => files.length === 1).map(({ name }) => name);
  return lonely.length === 0
    ? []
    : [`${lonely.length} class(es) with a single image cannot form a positive pair and take no part in training:${listed(lonely, 5)}`];
};

const strayOf = ({ path, kind, why }: PassedOver): string => (kind === "stray" ? path : `${path} (${why})`);

const straysOf = ({ pictures, passedOver }: Walked): readonly string[] => [
  ...passedOver.filter(({ path }) => path !== manifestName).map(strayOf),
  ...pictures.filter((path) => depthOf(path) === 0).map((path) => `${path} (in no class's folder)`),
  ...pictures.filter((path) => depthOf(path) > 1).map((path) => `${path} (deeper than its class's folder)`),
];

const classesIn = ({ folders, pictures }: Walked): readonly ImageClass[] => {
  const files = new Map<string, string[]>(folders.filter((path) => depthOf(path) === 0).map((name) => [name, []]));
  for (const path of pictures) if (depthOf(path) === 1) files.get(path.slice(0, path.indexOf("/")))?.push(path);
  return [...files].map(([name, own]) => ({ name, files: own }));
};

const treeOf = (root: string, walked: Walked): E.Either<Fault, ImageTree> => {
  const hidden = walked.passedOver.filter(({ kind }) => kind === "unreadable");
  if (hidden.length > 0)
    return E.left(failed(`${root}: ${hidden.length} folder(s) cannot be read:${listed(hidden.map(({ path, why }) => `${path}: ${why}`))}`));
  const classes = classesIn(walked);
  const empty = classes.filter(({ files }) => files.length === 0).map(({ name }) => name);
  if (classes.length < 2)
    return E.left(
      failed(
        `${root}: found ${classes.length === 0 ? "no class folder" : `one class folder only (${classes[0]?.name})`}; two or more are needed. ${layout}.`,
      ),
    );
  if (empty.length > 0)
    return E.left(failed(`${root}: ${empty.length} class folder(s) without an image: add images or remove the folder:${listed(empty)}`));
  return E.right({ root, classes, warnings: [...strayWarning(straysOf(walked)), ...lonelyWarning(classes)] });
};

/**
 * The classes and picture files below `root`. Hidden entries and those of systems are ignored, other strays are named in the warnings.
 * Errors: no such folder, no right to read it or a folder of it, fewer than two classes, a class folder without a picture.
 */
export const scanImageTree = (root: string): E.Either<Fault, ImageTree> => {
  const status = statSync(root, { throwIfNoEntry: false });
  if (status === undefined) return E.left(failed(`${root}: there is no such folder. ${layout}.`));
  if (!status.isDirectory()) return E.left(failed(`${root}: it is a file, not a folder. ${layout}.`));
  return E.chain((walked: Walked) => treeOf(root, walked))(walkPictures(root));
};

const settings = {
  trainShare: share().default(0.5).describe("share of the classes, in name order, that train; the others are never seen and test"),
};

/** The tree as a description: its first classes train. */
export const describeFolders = (root: string, trainShare: number): E.Either<Fault, Description> =>
  pipe(
    scanImageTree(root),
    E.chain((tree) => {
      const names = tree.classes.map(({ name }) => name);
      const labels = tree.classes.flatMap(({ files }, label) => files.map(() => label));
      return pipe(
        splitByClass({ classes: names, labels }, { fraction: trainShare }),
        E.map(({ train }): Description => {
          const trains = new Set(train.classes);
          const items = tree.classes.flatMap(({ name, files }, label) =>
            files.map((path): Item => ({ path, label: name, part: trains.has(label) ? "train" : "test" })),
          );
          return { name: root, root, items, warnings: tree.warnings };
        }),
      );
    }),
  );

export const kind: DatasetKind = datasetKind("a folder of class folders: root/class/*.jpg", settings, (root, { trainShare }) =>
  describeFolders(root, trainShare),
);
