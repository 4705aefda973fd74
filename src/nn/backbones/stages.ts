/** The stages of residual blocks that the residual backbones are made of. */

import { residual } from "../residual.js";
import type { NamedLayer } from "../sequence.js";

/** `widths[s]` channels in stage s, `depth` blocks each, halving the side from the second stage on. */
export const residualStages = (from: number, widths: readonly number[], depth: number): readonly NamedLayer[] =>
  widths.flatMap((outputs, stage) =>
    Array.from({ length: depth }, (_, block): NamedLayer => {
      const first = block === 0;
      const inputs = first ? (widths[stage - 1] ?? from) : outputs;
      return [`stage${stage + 1}.block${block + 1}`, residual({ inputs, outputs, stride: first && stage > 0 ? 2 : 1 })];
    }),
  );
