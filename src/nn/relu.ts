/** max(x, 0); its gradient is dy where x > 0. */
import * as E from "fp-ts/lib/Either.js";
import { algebra } from "../engines/index.js";
import type { Layer } from "./layer.js";

/** max(0, x); its gradient at 0 is 0. */
export const relu: Layer = {
  parameters: {},
  state: {},
  outputShape: E.right,
  multiplyAdds: () => 0,
  forward: (k) => (_, state, x) => {
    const y = algebra(k).relu(x);
    return { y, state, pull: (dy) => ({ parameters: {}, x: k.reluPull(y, dy) }) };
  },
};
