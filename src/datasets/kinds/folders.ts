/**
 * Class folders as a data set. The first classes in the order of their names train, the others are never seen and test.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../../faults/index.js";
import { oneOf, share, type ValuesOf } from "../../settings/index.js";
import { type DatasetKind, type Description, datasetKind, type Item } from "../description.js";
import { divided } from "../division.js";
import { nameOrders } from "../order.js";
import { scanImageTree } from "../tree.js";

const settings = {
  trainShare: share().default(0.5).describe("share of the classes, in name order, that train; the others are never seen and test"),
  classOrder: oneOf(nameOrders)
    .default("numbers")
    .describe("order of class names: 2 before 10, or as text, which was the order of earlier versions"),
};

/** The tree as a description: its first classes train. */
export const describeFolders = (root: string, { trainShare, classOrder }: ValuesOf<typeof settings>): E.Either<Fault, Description> =>
  pipe(
    scanImageTree(root),
    E.bindTo("tree"),
    E.let("classes", ({ tree }) => tree.classes.toSorted((a, b) => nameOrders[classOrder](a.name, b.name))),
    E.bind("division", ({ classes }) =>
      divided(
        classes.map(({ files }) => files.length),
        trainShare,
      ),
    ),
    E.map(({ tree, classes, division: { training, warnings } }) => ({
      name: root,
      root,
      items: classes.flatMap(({ name, files }, label) =>
        files.map((path, at): Item => ({ path, label: name, part: at < (training[label] ?? 0) ? "train" : "test" })),
      ),
      leftOut: tree.leftOut,
      warnings: tree.warnings,
      partWarnings: warnings,
    })),
  );

export const kind: DatasetKind = datasetKind("a folder of class folders: root/class/*.jpg", settings, describeFolders);
