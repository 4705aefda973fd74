/** What earlier versions wrote, in the words of this one. */
import type { Named, Tensor } from "../tensor/index.js";

/** Raised when a record or the names of its tensors change. */
export const recordVersion = 2;

/** Version 1 had one objective: its levels and running statistics stood among the network's tensors. */
const renamed: readonly (readonly [before: RegExp, after: string])[] = [
  [/^(parameter|first|second)\.levels$/, "$1.objective.regularizer.levels"],
  [/^momentum\./, "state.objective.regularizer."],
  [/^state\.(?!network\.|objective\.)/, "state.network."],
];

/** A checkpoint's tensors under the names of this version. */
export const migrated = (version: number, tensors: Named<Tensor>): Named<Tensor> =>
  version >= recordVersion
    ? tensors
    : Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => {
          const rule = renamed.find(([before]) => before.test(name));
          return [rule === undefined ? name : name.replace(rule[0], rule[1]), tensor];
        }),
      );
