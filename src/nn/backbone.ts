/** Backbones: images to embeddings. A compact one to train from scratch on a laptop, and ResNet-18 in its published shape. */
import { square } from "../engines/index.js";
import { batchNorm } from "./batchNorm.js";
import { convolution } from "./convolution.js";
import type { Layer } from "./layer.js";
import { linear } from "./linear.js";
import { globalAveragePool, maxPool } from "./pooling.js";
import { relu } from "./relu.js";
import { residual } from "./residual.js";
import { type NamedLayer, sequence } from "./sequence.js";

export interface CompactSettings {
  /** Channels of the pictures: 3 for colour, 1 for grey. */
  readonly inputs: number;
  /** Channels of the first stage; each later stage has twice as many at half the side. */
  readonly width: number;
  /** Residual blocks of each stage. */
  readonly depth: number;
  readonly stages: number;
  readonly embedding: number;
}

/** 0.3 M parameters and 16 M multiply-adds a picture of 64 x 64 at width 16; 1.2 M and 64 M at width 32. */
export const usualCompact: CompactSettings = { inputs: 3, width: 16, depth: 1, stages: 4, embedding: 64 };

/** Stages of residual blocks: `widths[s]` channels, `depth` blocks, halving the side from the second stage on. */
const residualStages = (from: number, widths: readonly number[], depth: number): readonly NamedLayer[] =>
  widths.flatMap((outputs, stage) =>
    Array.from({ length: depth }, (_, block): NamedLayer => {
      const first = block === 0;
      const inputs = first ? (widths[stage - 1] ?? from) : outputs;
      return [`stage${stage + 1}.block${block + 1}`, residual({ inputs, outputs, stride: first && stage > 0 ? 2 : 1 })];
    }),
  );

/** [N, H, W, inputs] -> [N, embedding]: 3x3 stem of stride 2, residual stages, global average pool, linear. */
export const compactBackbone = (settings: Partial<CompactSettings> = {}): Layer => {
  const { inputs, width, depth, stages, embedding } = { ...usualCompact, ...settings };
  const widths = Array.from({ length: stages }, (_, stage) => width * 2 ** stage);
  return sequence([
    ["stem.conv", convolution({ inputs, outputs: width, size: [3, 3], bias: false, ...square(2, 1) })],
    ["stem.norm", batchNorm(width)],
    ["stem.relu", relu],
    ...residualStages(width, depth === 0 ? [] : widths, depth),
    ["pool", globalAveragePool],
    ["head", linear(depth === 0 ? width : (widths.at(-1) ?? width), embedding)],
  ]);
};

/** ResNet-18 (He et al. 2016): 7x7 stem, max pool, four stages of two blocks, 512 features, then the embedding. */
export const resnet18 = (embedding: number): Layer =>
  sequence([
    ["stem.conv", convolution({ inputs: 3, outputs: 64, size: [7, 7], bias: false, ...square(2, 3) })],
    ["stem.norm", batchNorm(64)],
    ["stem.relu", relu],
    ["stem.pool", maxPool({ size: [3, 3], ...square(2, 1) })],
    ...residualStages(64, [64, 128, 256, 512], 2),
    ["pool", globalAveragePool],
    ["head", linear(512, embedding)],
  ]);
