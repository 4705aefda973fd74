/** The methods compared (paper, Table 1), as choices of head, loss, miner and regularizer. */
import { heads, losses, type MinerName, miners, type Objective, objective, regularizers, type Variant } from "../metric/index.js";

/** `triplet`: mean-distance head, no regularizer. `triplet-l2`: L2 head. `triplet-mdr`: mean-distance head and the regularizer. */
export type Method = "triplet" | "triplet-l2" | "triplet-mdr";

export interface ObjectiveSettings {
  readonly method: Method;
  readonly variant: Variant;
  readonly lambda: number;
  readonly nu: number;
  readonly gamma: number;
  readonly margin: number;
  /** One negative for each (anchor, positive), or `all`: every triplet of the batch, N^3 hinges. */
  readonly miner: MinerName;
}

export const objectiveOf = (settings: ObjectiveSettings, levels: readonly number[]): Objective =>
  objective({
    head: settings.method === "triplet-l2" ? heads.l2 : heads["mean-distance"],
    loss: losses.triplet.build(settings, { variant: settings.variant, miner: miners[settings.miner] }),
    regularizer:
      settings.method === "triplet-mdr" ? regularizers.mdr.build({ ...settings, levels }, settings) : regularizers.none.build({}, settings),
  });
