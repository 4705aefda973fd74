/**
 * A recipe: head, loss, miner and regularizer, each chosen by itself, and the objective that they make. The methods that
 * the paper compares are three recipes with names; a name stands for its choices and for nothing else.
 */

import { z } from "zod";
import { type Classes, heads, losses, miners, type Objective, type ObjectiveParts, objective, regularizers } from "../metric/index.js";
import { fieldsOf, oneOf } from "../settings/index.js";

type Choice<R> = keyof R & string;

/** A head, a loss and a regularizer, by name. */
export interface Choices {
  readonly head: Choice<typeof heads>;
  readonly loss: Choice<typeof losses>;
  readonly regularizer: Choice<typeof regularizers>;
}

/** The paper's Table 1. */
export const methods = {
  triplet: { head: "mean-distance", loss: "triplet", regularizer: "none" },
  "triplet-l2": { head: "l2", loss: "triplet", regularizer: "none" },
  "triplet-mdr": { head: "mean-distance", loss: "triplet", regularizer: "mdr" },
} as const satisfies Readonly<Record<string, Choices>>;

/** A name for three choices. */
export type Method = keyof typeof methods;

const described = (registry: Readonly<Record<string, { readonly about: string }>>): string =>
  Object.entries(registry)
    .map(([name, { about }]) => `${name}: ${about}`)
    .join("; ");

/** Settings of the objective. Those of a loss or a regularizer are its own, and stand beside it. */
export const recipeFields = {
  method: oneOf(methods).default("triplet-mdr").describe("a recipe of the paper's Table 1: head, loss and regularizer by one name"),
  head: oneOf(heads)
    .optional()
    .describe(`head, where not the method's (${described(heads)})`),
  loss: oneOf(losses)
    .optional()
    .describe(`loss, where not the method's (${described(losses)})`),
  miner: oneOf(miners).default("distance-weighted").describe("which negative each (anchor, positive) gets; all: every one"),
  regularizer: oneOf(regularizers)
    .optional()
    .describe(`regularizer, where not the method's (${described(regularizers)})`),
  variant: z.enum(["paper", "official"]).default("paper").describe("formulas of the paper, or of the authors' code number for number"),
  ...fieldsOf(losses),
  ...fieldsOf(regularizers),
};

/** The settings of a recipe, those of every head, loss and regularizer among them. */
export type RecipeSettings = Readonly<Record<string, unknown>> & {
  readonly [K in "method" | "miner" | "variant"]: z.infer<(typeof recipeFields)[K]>;
} & {
  readonly [K in keyof Choices]?: Choices[K] | undefined;
};

/** The method's choices, and those made apart over them. */
export const choicesOf = ({ method, head, loss, regularizer }: RecipeSettings): Choices => ({
  head: head ?? methods[method].head,
  loss: loss ?? methods[method].loss,
  regularizer: regularizer ?? methods[method].regularizer,
});

/** Whether the loss has a parameter a class, so that its objective is made for a number of classes. */
export const isOfClasses = (settings: RecipeSettings): boolean => losses[choicesOf(settings).loss].ofClasses === true;

/**
 * What a recipe's objective is made of. Each part is given its own settings and no others. `classes` may be left out where the
 * loss has no parameter a class.
 */
export const objectiveParts = (settings: RecipeSettings, classes?: Classes): ObjectiveParts => {
  const { variant } = settings;
  const { head, loss, regularizer } = choicesOf(settings);
  return {
    head: heads[head],
    loss: losses[loss].build(settings, { variant, miner: miners[settings.miner], classes }),
    regularizer: regularizers[regularizer].build(settings, { variant }),
  };
};

/** The objective that a recipe's settings make. */
export const objectiveOf = (settings: RecipeSettings, classes?: Classes): Objective => objective(objectiveParts(settings, classes));

/** A name for people: the method's where its choices were left alone, else the choices. */
export const recipeName = (settings: RecipeSettings): string => {
  const { head, loss, regularizer } = choicesOf(settings);
  const own = methods[settings.method];
  return head === own.head && loss === own.loss && regularizer === own.regularizer
    ? settings.method
    : [head, loss, ...(regularizer === "none" ? [] : [regularizer])].join(" + ");
};
