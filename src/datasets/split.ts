/**
 * Splits by class, for zero-shot retrieval: the classes of the test half are never seen in training.
 */
import { closest } from "fastest-levenshtein";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed } from "../faults/index.js";

/** What a split needs to know of a data set: its class names in order, and the class of each image. */
export interface Labelled {
  readonly classes: readonly string[];
  readonly labels: ArrayLike<number>;
}

/** How classes are divided. */
export type SplitRule =
  /** The first share of the classes trains, the rest tests; 0.5 is the literature's. */
  | { readonly fraction: number }
  /** Classes by name; those of `test` default to all that do not train. */
  | { readonly train: readonly string[]; readonly test?: readonly string[] | undefined };

/** Some of the classes, and their pictures. */
export interface Subset {
  /** Class numbers, ascending. */
  readonly classes: readonly number[];
  /** Image numbers, ascending. */
  readonly indices: readonly number[];
  /** Image numbers of each class of `classes`. */
  readonly members: readonly (readonly number[])[];
}

/** What trains and what tests. */
export interface Split {
  readonly train: Subset;
  readonly test: Subset;
}

/** The division of the literature: the first half of the classes trains. */
export const firstHalf: SplitRule = { fraction: 0.5 };

/** The images of the given classes. */
export const subsetOf = (dataset: Labelled, classes: readonly number[]): Subset => {
  const byClass = new Map<number, number[]>(classes.map((label) => [label, []]));
  for (let index = 0; index < dataset.labels.length; index++) byClass.get(dataset.labels[index] as number)?.push(index);
  const sorted = [...byClass.keys()].sort((a, b) => a - b);
  const members = sorted.map((label) => byClass.get(label) ?? []);
  return { classes: sorted, indices: members.flat().sort((a, b) => a - b), members };
};

const numbersOf = (dataset: Labelled, names: readonly string[], half: string): E.Either<Fault, readonly number[]> => {
  const unknown = names.find((name) => !dataset.classes.includes(name));
  if (unknown !== undefined)
    return E.left(
      failed(
        `split: the ${half} list names the class "${unknown}", which the data set does not have: did you mean "${closest(unknown, [...dataset.classes])}"?`,
      ),
    );
  return E.right([...new Set(names)].map((name) => dataset.classes.indexOf(name)));
};

const halves = (dataset: Labelled, rule: SplitRule): E.Either<Fault, readonly [readonly number[], readonly number[]]> => {
  const all = dataset.classes.map((_, label) => label);
  if ("fraction" in rule) {
    if (!(rule.fraction > 0 && rule.fraction < 1))
      return E.left(failed(`split: the fraction of classes that train is ${rule.fraction}: use a number between 0 and 1`));
    const count = Math.min(all.length - 1, Math.max(1, Math.floor(all.length * rule.fraction)));
    return E.right([all.slice(0, count), all.slice(count)]);
  }
  return E.chain((train: readonly number[]) =>
    E.map((test: readonly number[]) => [train, test] as const)(
      rule.test ? numbersOf(dataset, rule.test, "test") : E.right(all.filter((label) => !train.includes(label))),
    ),
  )(numbersOf(dataset, rule.train, "training"));
};

/** Splits the classes. Errors: a fraction out of range, an unknown class, a class on both sides, a side without classes. */
export const splitByClass = (dataset: Labelled, rule: SplitRule = firstHalf): E.Either<Fault, Split> =>
  E.chain(([train, test]: readonly [readonly number[], readonly number[]]): E.Either<Fault, Split> => {
    const shared = train.find((label) => test.includes(label));
    if (shared !== undefined)
      return E.left(failed(`split: the class "${dataset.classes[shared]}" is on both sides: training and test classes must be disjoint`));
    if (train.length === 0 || test.length === 0)
      return E.left(failed(`split: no class is left to ${train.length === 0 ? "train" : "test"}: give both sides at least one`));
    return E.right({ train: subsetOf(dataset, train), test: subsetOf(dataset, test) });
  })(halves(dataset, rule));
