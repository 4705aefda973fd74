/** The compact backbone: a residual network small enough to train from scratch on a laptop. */
import { z } from "zod";
import { square } from "../../engines/index.js";
import { whole } from "../../settings/index.js";
import { batchNorm } from "../batchNorm.js";
import { convolution } from "../convolution.js";
import type { Layer } from "../layer.js";
import { linear } from "../linear.js";
import { globalAveragePool } from "../pooling.js";
import { relu } from "../relu.js";
import { type NamedLayer, sequence } from "../sequence.js";
import { tapped } from "../tapped.js";
import { describeBackbone } from "./backbone.js";
import { imagenetStatistics } from "./imagenet.js";
import { residualStages } from "./stages.js";

/** What the compact network is made of. */
export interface CompactSettings {
  /** Channels of the pictures: 3 for colour, 1 for grey. */
  readonly inputs: number;
  /** Channels of the first stage; each later stage has twice as many at half the side. */
  readonly width: number;
  /** Residual blocks of each stage. */
  readonly depth: number;
  readonly stages: number;
  readonly embedding: number;
  /** What the embedding is made of: the mean over the pixels of the last stage, or those of the stem and of every stage. */
  readonly pooled: "last" | "every";
}

/** 0.3 M parameters and 16 M multiply-adds a picture of 64 x 64 at width 16; 1.2 M and 64 M at width 32. */
export const usualCompact: CompactSettings = { inputs: 3, width: 16, depth: 1, stages: 4, embedding: 64, pooled: "last" };

/** The mean over the pixels, then a linear layer: [N, H, W, channels] -> [N, embedding]. */
const pooledHead = (channels: number, embedding: number, bias: boolean): readonly NamedLayer[] => [
  ["pool", globalAveragePool],
  ["head", linear(channels, embedding, bias)],
];

/**
 * [N, H, W, inputs] -> [N, embedding]: 3x3 stem of stride 2, residual stages, global average pool, linear. With `pooled` "every"
 * the stem and each stage have a pool and a linear layer of their own, and the embedding is their sum.
 */
export const compactBackbone = (settings: Partial<CompactSettings> = {}): Layer => {
  const { inputs, width, depth, stages, embedding, pooled } = { ...usualCompact, ...settings };
  const widths = depth === 0 ? [] : Array.from({ length: stages }, (_, stage) => width * 2 ** stage);
  const stem = sequence([
    ["conv", convolution({ inputs, outputs: width, size: [3, 3], bias: false, ...square(2, 1) })],
    ["norm", batchNorm(width)],
    ["relu", relu],
  ]);
  const trunk: readonly NamedLayer[] = [
    ["stem", stem],
    ...residualStages(
      width,
      widths,
      widths.map(() => depth),
    ),
  ];
  if (pooled === "last") return sequence([...trunk, ...pooledHead(widths.at(-1) ?? width, embedding, true)]);
  return tapped(
    trunk.map((part, index) => ({
      trunk: part,
      tap: sequence(pooledHead(widths[index - 1] ?? width, embedding, index === widths.length)),
    })),
  );
};

export const backbone = describeBackbone({
  about: "a small residual network, to train from scratch",
  settings: {
    width: whole(1, 1024)
      .default(usualCompact.width)
      .describe("channels of the compact network's first stage; each later stage has twice as many"),
    depth: whole(0, 64).default(usualCompact.depth).describe("residual blocks of each stage of the compact network"),
    pooled: z
      .enum(["last", "every"])
      .default(usualCompact.pooled)
      .describe("stages of the compact network whose mean over the pixels makes the embedding: the last, or the stem and every one"),
  },
  statistics: imagenetStatistics,
  inputs: 3,
  build: compactBackbone,
});
