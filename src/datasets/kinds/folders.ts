/**
 * Class folders as a data set. The first classes in the order of their names train, the others are never seen and test.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../../faults/index.js";
import type { ValuesOf } from "../../settings/index.js";
import { type DatasetKind, type Description, datasetKind } from "../description.js";
import { sharedOut, shareSettings } from "../shares.js";
import { scanImageTree } from "../tree.js";

/** The tree as a description: its first classes train. */
export const describeFolders = (root: string, settings: ValuesOf<typeof shareSettings>): E.Either<Fault, Description> =>
  pipe(
    scanImageTree(root),
    E.bindTo("tree"),
    E.bind("division", ({ tree }) => sharedOut(tree.classes, settings)),
    E.map(({ tree, division }) => ({ name: root, root, ...division, leftOut: tree.leftOut, warnings: tree.warnings })),
  );

export const kind: DatasetKind = datasetKind("a folder of class folders: root/class/*.jpg", shareSettings, describeFolders);
