/** The names that earlier versions gave to tensors, in the words of this one. */
import type { Named, Tensor } from "../tensor/index.js";

/** The first version had one objective: its levels and running statistics stood among the network's tensors. */
const renamed: readonly (readonly [before: RegExp, after: string])[] = [
  [/^(parameter|first|second)\.levels$/, "$1.objective.regularizer.levels"],
  [/^momentum\./, "state.objective.regularizer."],
  [/^state\.(?!network\.|objective\.)/, "state.network."],
];

/** The first version whose tensors are named as today. */
const named = 2;

/** A checkpoint's tensors under the names of today; `version` is its record's, 0 where it says none. */
export const migrated = (version: number, tensors: Named<Tensor>): Named<Tensor> =>
  version >= named
    ? tensors
    : Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => {
          const rule = renamed.find(([before]) => before.test(name));
          return [rule === undefined ? name : name.replace(rule[0], rule[1]), tensor];
        }),
      );
