/** The stages of residual blocks that the residual backbones are made of. */
import type { Layer } from "../layer.js";
import { type ResidualSettings, residual } from "../residual.js";
import { type NamedLayer, sequence } from "../sequence.js";

/** A layer a stage: `widths[s]` channels in stage s, `depths[s]` blocks each, halving the side from the second stage on. */
export const residualStages = (
  from: number,
  widths: readonly number[],
  depths: readonly number[],
  block: (settings: ResidualSettings) => Layer = residual,
): readonly NamedLayer[] =>
  widths.map((outputs, stage): NamedLayer => {
    const blocks = Array.from({ length: depths[stage] ?? 0 }, (_, index): NamedLayer => {
      const first = index === 0;
      const inputs = first ? (widths[stage - 1] ?? from) : outputs;
      return [`block${index + 1}`, block({ inputs, outputs, stride: first && stage > 0 ? 2 : 1 })];
    });
    return [`stage${stage + 1}`, sequence(blocks)];
  });
