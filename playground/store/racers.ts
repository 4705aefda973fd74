/** Who runs, and what people call the paper's methods. */
import { type Choices, racersOf } from "#mdr/play/index.js";
import { type Method, methods, recipeName } from "#mdr/train/index.js";

/** The paper's methods, in its order. */
export const methodNames = Object.keys(methods) as Method[];

/** What people call them. */
export const methodTitles: Readonly<Record<Method, string>> = {
  triplet: "Triplet",
  "triplet-l2": "Triplet + L2",
  "triplet-mdr": "Triplet + MDR",
};

const isMethod = (name: string): name is Method => name in methodTitles;

/** A racer's name for people. */
export const titleOf = (choices: Choices): string => {
  const name = recipeName(choices);
  return isMethod(name) ? methodTitles[name] : name;
};

/** These settings with a method's own head, loss and regularizer. */
export const withMethod = (choices: Choices, method: Method): Choices => {
  const { head: _head, loss: _loss, regularizer: _regularizer, ...others } = choices;
  return { ...others, method } as Choices;
};

/** One racer, or the paper's three with these settings and one seed. */
export const racing = (choices: Choices, race: boolean): readonly Choices[] => (race ? racersOf(choices) : [choices]);
