/** What divides classes that nobody has divided: settings that more than one kind of data set has. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { oneOf, share, type ValuesOf } from "../settings/index.js";
import type { Description, Item } from "./description.js";
import { divided } from "./division.js";
import { nameOrders } from "./order.js";
import type { ImageClass } from "./tree.js";

/** The settings of data sets that are divided here and not by their makers. */
export const shareSettings = {
  trainShare: share().default(0.5).describe("share of the classes, in name order, that train; the others are never seen and test"),
  classOrder: oneOf(nameOrders)
    .default("numbers")
    .describe("order of class names: 2 before 10, or as text, which was the order of earlier versions"),
};

/** Items by their classes, in the order in which those come. */
export const groupedByClass = (items: readonly Pick<Item, "label" | "path">[]): readonly ImageClass[] => {
  const files = new Map<string, string[]>();
  for (const { label, path } of items) {
    const own = files.get(label);
    if (own === undefined) files.set(label, [path]);
    else own.push(path);
  }
  return [...files].map(([name, own]) => ({ name, files: own }));
};

/** The items of classes of which the first ones train, class by class, and what is to be said of the division. */
export const sharedOut = (
  classes: readonly ImageClass[],
  { trainShare, classOrder }: ValuesOf<typeof shareSettings>,
): E.Either<Fault, Pick<Description, "items" | "partWarnings">> => {
  const ordered = classes.toSorted((a, b) => nameOrders[classOrder](a.name, b.name));
  return pipe(
    divided(
      ordered.map(({ files }) => files.length),
      trainShare,
    ),
    E.map(({ training, warnings }) => ({
      items: ordered.flatMap(({ name, files }, label) =>
        files.map((path, at): Item => ({ path, label: name, part: at < (training[label] ?? 0) ? "train" : "test" })),
      ),
      partWarnings: warnings,
    })),
  );
};
