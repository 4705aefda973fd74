/** What a visitor chooses: the settings of a run, with defaults small enough for a page, and what is drawn for it. */
import type { z } from "zod";
import { backbones } from "../nn/index.js";
import { type Rule, table, type ValuesOf, whole } from "../settings/index.js";
import { methods, planFields, planRules } from "../train/index.js";

/** A room's own field with another default; what it is for stays as the room says it. */
const beginningAt = <F extends z.ZodType>(field: F, value: z.input<F>) =>
  field.default(value as never).describe(field.description ?? "") as z.ZodDefault<F>;

type WholeNumber = z.ZodDefault<z.ZodInt>;
type Real = z.ZodDefault<z.ZodNumber>;

/** The fields of registries are known when the program runs; these are those that a page speaks of by name. */
type OfRegistries = {
  readonly [K in "width" | "depth"]: WholeNumber;
} & {
  readonly [K in "lambda" | "nu" | "gamma" | "margin"]: Real;
} & { readonly levels: z.ZodDefault<z.ZodArray<z.ZodNumber>> };

/** One step is one plan here, for a page looks between steps; and all training pictures are scored. */
const { stepsPerPlan: _oneStep, trainScores: _all, ...usual } = planFields as typeof planFields & OfRegistries;

const playFields = {
  ...usual,
  embedding: beginningAt(usual.embedding, 2),
  width: beginningAt(usual.width, 8),
  imageSize: beginningAt(usual.imageSize, 32),
  batch: whole(2, 1024).default(32).describe("images of a batch; fewer where the classes do not fill it"),
  perClass: whole(2, 1024).default(4).describe("most images of one class in a batch"),
  epochs: beginningAt(usual.epochs, 40),
  iterations: beginningAt(usual.iterations, 20),
  decaySteps: beginningAt(usual.decaySteps, [20, 30]),
  threads: whole(0, 64)
    .default(0)
    .describe("threads of the wasm engine; 0: one less than there are processors, so that the page stays free"),
  species: whole(4, 64).default(16).describe("made-up species that are drawn; the first half trains, the others are never seen"),
  perSpecies: whole(2, 100).default(12).describe("pictures that are drawn of each species"),
};

/** There is no file of vectors in a page. */
const pictureRule: Rule = ({ backbone }) =>
  backbones[backbone as keyof typeof backbones].takes === "vectors"
    ? { setting: "backbone", what: "takes vectors, and here are pictures" }
    : undefined;

/** The table of all that can be chosen: defaults, parser, explanations. */
export const playTable = table(playFields, [...planRules, pictureRule]);

/** What one racer is made of. */
export type Choices = ValuesOf<typeof playFields>;

/** The choices where nobody chose. */
export const usualChoices: Choices = playTable.defaults;

/** The paper's three methods on these choices: alike in all but head, loss and regularizer. */
export const racersOf = ({ head: _head, loss: _loss, regularizer: _regularizer, ...shared }: Choices): readonly Choices[] =>
  (Object.keys(methods) as (keyof typeof methods)[]).map((method) => ({ ...shared, method }) as Choices);
