/** The stages of residual blocks that the residual backbones are made of. */

import { residual } from "../residual.js";
import { type NamedLayer, sequence } from "../sequence.js";

/** A layer a stage: `widths[s]` channels in stage s, `depth` blocks each, halving the side from the second stage on. */
export const residualStages = (from: number, widths: readonly number[], depth: number): readonly NamedLayer[] =>
  widths.map((outputs, stage): NamedLayer => {
    const blocks = Array.from({ length: depth }, (_, block): NamedLayer => {
      const first = block === 0;
      const inputs = first ? (widths[stage - 1] ?? from) : outputs;
      return [`block${block + 1}`, residual({ inputs, outputs, stride: first && stage > 0 ? 2 : 1 })];
    });
    return [`stage${stage + 1}`, sequence(blocks)];
  });
