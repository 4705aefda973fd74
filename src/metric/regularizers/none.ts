/** No regularizer: the metric loss alone. */
import { algebra } from "../../engines/index.js";
import { describeRegularizer } from "./regularizer.js";

export const regularizer = describeRegularizer({
  about: "the metric loss alone",
  settings: {},
  build: () => ({
    parameters: {},
    state: {},
    parts: {},
    draws: () => ({}),
    forward: (k) => (_, state) => ({ loss: algebra(k).number(0), parts: {}, state, pull: () => ({ parameters: {} }) }),
  }),
});
