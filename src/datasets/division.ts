/**
 * Which pictures of class folders train and which test. The first classes train and the others are never seen, where there are enough:
 * a triplet takes two classes of two pictures, and a search means something among two. With fewer, each class gives some of its
 * pictures to either side.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { oneOf, share, type ValuesOf } from "../settings/index.js";
import type { Item } from "./description.js";
import { nameOrders } from "./order.js";
import { splitByClass } from "./split.js";

/** Settings of a data set that does not say itself which of its classes train. */
export const divisionSettings = {
  trainShare: share().default(0.5).describe("share of the classes, in name order, that train; the others are never seen and test"),
  classOrder: oneOf(nameOrders)
    .default("numbers")
    .describe("order of class names: 2 before 10, or as text, which was the order of earlier versions"),
};

export type DivisionSettings = ValuesOf<typeof divisionSettings>;

export interface Division {
  /** How many of each class's pictures train, the first ones; the others test. */
  readonly training: readonly number[];
  /** What is not as asked, a line each; settings in braces. */
  readonly warnings: readonly string[];
}

const pairs = (sizes: readonly number[]): number => sizes.filter((size) => size >= 2).length;

/** Classes from the first on that hold two with a pair; all and one more where there are not two. */
const fewest = (sizes: readonly number[]): number => {
  const second = sizes.flatMap((size, label) => (size >= 2 ? [label] : []))[1];
  return second === undefined ? sizes.length + 1 : second + 1;
};

const byClass = (sizes: readonly number[], count: number): readonly number[] => sizes.map((size, label) => (label < count ? size : 0));

/** Two to train and two to test, or all of them train. */
const partOf = (size: number, share: number): number => (size < 4 ? size : Math.min(size - 2, Math.max(2, Math.ceil(size * share))));

const hundredths = (part: number, whole: number): string => (Math.ceil((100 * part) / whole) / 100).toFixed(2);

const byPicture = (sizes: readonly number[], share: number): Division => {
  const training = sizes.map((size) => partOf(size, share));
  const enough = pairs(training) >= 2 && training.some((count, label) => count < (sizes[label] ?? 0));
  if (!enough)
    return {
      training: sizes,
      warnings: [
        `${pairs(sizes)} of ${sizes.length} classes have two pictures or more, too few to train and to test: give four or more, two to train and two to look for; or two or three classes of four pictures or more each`,
      ],
    };
  const least = fewest(sizes);
  const otherwise = least < sizes.length ? `; {trainShare} ${hundredths(least, sizes.length)} keeps the last one unseen` : "";
  return {
    training,
    warnings: [
      `${sizes.length} classes are too few to keep some unseen, for two train and two are looked for: the first pictures of every class train and its others test. The scores are those of classes that trained; with four classes or more they are of unseen ones${otherwise}`,
    ],
  };
};

/** The division of classes of these sizes, of which a share is to train; too few of them for either way all train. Errors: a share out of range. */
export const divided = (sizes: readonly number[], share: number): E.Either<Fault, Division> =>
  pipe(
    splitByClass({ classes: sizes.map((_, label) => String(label)), labels: sizes.map((_, label) => label) }, { fraction: share }),
    E.map(({ train }): Division => {
      const count = train.classes.length;
      if (pairs(sizes.slice(0, count)) >= 2 && pairs(sizes.slice(count)) >= 1) return { training: byClass(sizes, count), warnings: [] };
      const [least, most] = [fewest(sizes), sizes.length - fewest(sizes.toReversed())];
      if (least > most) return byPicture(sizes, share);
      const own = Math.min(Math.max(count, least), most);
      return {
        training: byClass(sizes, own),
        warnings: [
          `the first ${own} classes train instead of ${count}: on either side two with two pictures or more are needed ({trainShare})`,
        ],
      };
    }),
  );

/** The pictures of a class by their paths. */
export interface ClassFiles {
  readonly name: string;
  readonly files: readonly string[];
}

/** Every picture with its part: class after class in the order of their names, the first of which train. Errors: a share out of range. */
export const dividedItems = (
  classes: readonly ClassFiles[],
  { trainShare, classOrder }: DivisionSettings,
): E.Either<Fault, { readonly items: readonly Item[]; readonly warnings: readonly string[] }> => {
  const ordered = classes.toSorted((a, b) => nameOrders[classOrder](a.name, b.name));
  const sizes = ordered.map(({ files }) => files.length);
  return pipe(
    divided(sizes, trainShare),
    E.map(({ training, warnings }) => ({
      items: ordered.flatMap(({ name, files }, label) =>
        files.map((path, at): Item => ({ path, label: name, part: at < (training[label] ?? 0) ? "train" : "test" })),
      ),
      warnings,
    })),
  );
};
