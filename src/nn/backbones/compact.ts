/** The compact backbone: a residual network small enough to train from scratch on a laptop. */
import { square } from "../../engines/index.js";
import { whole } from "../../settings/index.js";
import { batchNorm } from "../batchNorm.js";
import { convolution } from "../convolution.js";
import type { Layer } from "../layer.js";
import { linear } from "../linear.js";
import { globalAveragePool } from "../pooling.js";
import { relu } from "../relu.js";
import { sequence } from "../sequence.js";
import { describeBackbone } from "./backbone.js";
import { imagenetStatistics } from "./imagenet.js";
import { residualStages } from "./stages.js";

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

export const backbone = describeBackbone({
  about: "a small residual network, to train from scratch",
  settings: {
    width: whole(1, 1024)
      .default(usualCompact.width)
      .describe("channels of the compact network's first stage; each later stage has twice as many"),
    depth: whole(0, 64).default(usualCompact.depth).describe("residual blocks of each stage of the compact network"),
  },
  statistics: imagenetStatistics,
  inputs: 3,
  build: compactBackbone,
});
