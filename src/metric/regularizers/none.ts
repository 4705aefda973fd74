/** No regularizer: the metric loss alone. */
import { algebra } from "../../engines/index.js";
import type { Regularizer } from "./regularizer.js";

const fields = {};

export const none: Regularizer<typeof fields> = {
  about: "the metric loss alone",
  settings: fields,
  build: () => ({
    parameters: {},
    state: {},
    parts: {},
    draws: () => ({}),
    forward: (k) => (_, state) => ({ loss: algebra(k).number(0), parts: {}, state, pull: () => ({ parameters: {} }) }),
  }),
};
