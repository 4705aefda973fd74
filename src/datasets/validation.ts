/**
 * Classes held out of those that train, so that an epoch or a setting can be chosen without the test set: the last fifth of them, as in
 * the authors' loader, which has the last 20 of CUB's 100. The rest trains, they test, and the data set's own test set has no part.
 */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { classesOf, type Description, type Item, unexpected } from "./description.js";

const heldShare = 0.2;

/** Two train and two are looked for, as with every division by class. */
const fewestEach = 2;

/** How many of so many training classes are held out. */
const heldCount = (classes: number): number => Math.max(fewestEach, Math.round(classes * heldShare));

/** The description with the last fifth of its training classes as what tests. Errors: too few of them. */
export const heldOut = (description: Description): E.Either<Fault, Description> => {
  const { expected: _, items, ...about } = description;
  const trained = classesOf(items.filter(({ part }) => part === "train"));
  const count = heldCount(trained.length);
  const isLeft = trained.length - count >= fewestEach;
  if (!isLeft)
    return E.left(
      failed(`${trained.length} class(es) train, and four are needed to hold two of them out`, {
        where: about.root,
        remedy: "leave out {validate}, or let more classes train by {trainShare}",
      }),
    );
  const held = new Set(trained.slice(-count));
  return E.right({
    ...about,
    items: items.filter(({ part }) => part === "train").map((item): Item => (held.has(item.label) ? { ...item, part: "test" } : item)),
    apart: items.filter(({ part }) => part !== "train"),
    // What is published is published of the whole.
    warnings: [...about.warnings, ...unexpected(description)],
    partWarnings: [
      ...(about.partWarnings ?? []),
      `validation: the last ${count} of the ${trained.length} classes that train are held out and evaluated on, and the test classes have no part`,
    ],
  });
};

/** The description as it is, or with classes held out where that is asked for. */
export const heldOutWhere =
  ({ validate = false }: { readonly validate?: boolean | undefined }) =>
  (description: Description): E.Either<Fault, Description> =>
    validate ? heldOut(description) : E.right(description);

/** Which pictures of a run are evaluated on: those held out of what trains, or those of the test set. */
export const evaluatedParts = ["validation", "test"] as const;
/** The name of such a part. */
export type EvaluatedPart = (typeof evaluatedParts)[number];

/** Left: a part that a run has not got. */
export const partIn = (part: string, validated: boolean): E.Either<Fault, EvaluatedPart> => {
  const found = evaluatedParts.find((one) => one === part);
  if (found === undefined)
    return E.left(misused(`there is no such part: ${part}`, { where: "{part}", remedy: `use ${evaluatedParts.join(" or ")}` }));
  return found === "validation" && !validated
    ? E.left(misused("the run has held out no classes to validate by", { where: "{part} validation", remedy: "train one with {validate}" }))
    : E.right(found);
};
