/**
 * Which pictures of class folders train and which test. The first classes train and the others are never seen, where there are enough:
 * a triplet takes two classes of two pictures, and a search means something among two. With fewer, each class gives some of its
 * pictures to either side.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { splitByClass } from "./split.js";

/** The pictures of few classes, divided within each. */
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
