/** BN-Inception (Ioffe and Szegedy 2015) in its published shape: Inception with batch normalisation, two 3x3 convolutions for each 5x5. */
import { square } from "../../engines/index.js";
import type { ChannelStatistics } from "../../tensor/index.js";
import { batchNorm } from "../batchNorm.js";
import { convolution } from "../convolution.js";
import type { Layer } from "../layer.js";
import { linear } from "../linear.js";
import { parallel } from "../parallel.js";
import { averagePool, globalAveragePool, maxPool } from "../pooling.js";
import { relu } from "../relu.js";
import { type NamedLayer, sequence } from "../sequence.js";
import { describeBackbone } from "./backbone.js";

/** Channels of a block: those that a branch gives, after those of its reductions. Without `single` it halves the side. */
interface Block {
  readonly single?: number;
  readonly triple: readonly [reduce: number, outputs: number];
  readonly double: readonly [reduce: number, outputs: number];
  /** What is pooled, and the channels that it is projected to; a block that halves passes the largest on as they are. */
  readonly pool?: readonly [kind: "average" | "max", outputs: number];
}

const blocks: Readonly<Record<string, Block>> = {
  "3a": { single: 64, triple: [64, 64], double: [64, 96], pool: ["average", 32] },
  "3b": { single: 64, triple: [64, 96], double: [64, 96], pool: ["average", 64] },
  "3c": { triple: [128, 160], double: [64, 96] },
  "4a": { single: 224, triple: [64, 96], double: [96, 128], pool: ["average", 128] },
  "4b": { single: 192, triple: [96, 128], double: [96, 128], pool: ["average", 128] },
  "4c": { single: 160, triple: [128, 160], double: [128, 160], pool: ["average", 128] },
  "4d": { single: 96, triple: [128, 192], double: [160, 192], pool: ["average", 128] },
  "4e": { triple: [128, 192], double: [192, 256] },
  "5a": { single: 352, triple: [192, 320], double: [160, 224], pool: ["average", 128] },
  "5b": { single: 352, triple: [192, 320], double: [192, 224], pool: ["max", 128] },
};

const features = 1024;

/** A convolution with a bias, normalised and rectified, under its published name. */
const unit = (name: string, inputs: number, outputs: number, side: number, stride: number): NamedLayer => [
  name,
  sequence([
    ["conv", convolution({ inputs, outputs, size: [side, side], bias: true, ...square(stride, (side - 1) / 2) })],
    ["norm", batchNorm(outputs)],
    ["relu", relu],
  ]),
];

const halving = maxPool({ size: [3, 3], ...square(2, 0) }, "up");
const pools = {
  average: averagePool({ size: [3, 3], ...square(1, 1) }),
  max: maxPool({ size: [3, 3], ...square(1, 1) }, "up"),
};

/** A block over so many channels, and how many it gives. */
const blockOf = (
  inputs: number,
  { single, triple, double, pool }: Block,
  divisor: number,
): { readonly layer: Layer; readonly outputs: number } => {
  const narrow = (channels: number): number => channels / divisor;
  const stride = single === undefined ? 2 : 1;
  const branches: readonly NamedLayer[] = [
    [
      "triple",
      sequence([unit("3x3_reduce", inputs, narrow(triple[0]), 1, 1), unit("3x3", narrow(triple[0]), narrow(triple[1]), 3, stride)]),
    ],
    [
      "double",
      sequence([
        unit("double_3x3_reduce", inputs, narrow(double[0]), 1, 1),
        unit("double_3x3_1", narrow(double[0]), narrow(double[1]), 3, 1),
        unit("double_3x3_2", narrow(double[1]), narrow(double[1]), 3, stride),
      ]),
    ],
    ["pool", pool === undefined ? halving : sequence([["pool", pools[pool[0]]], unit("pool_proj", inputs, narrow(pool[1]), 1, 1)])],
  ];
  const [first, ...others] = [
    ...(single === undefined ? [] : [["single", sequence([unit("1x1", inputs, narrow(single), 1, 1)])] as const]),
    ...branches,
  ];
  const outputs = narrow((single ?? 0) + triple[1] + double[1]) + (pool === undefined ? inputs : narrow(pool[1]));
  return { layer: first === undefined ? sequence([]) : parallel([first, ...others]), outputs };
};

/**
 * [N, H, W, 3] -> [N, embedding]: a stem that halves the side three times, ten blocks of which two halve it again, 1024 features,
 * then the embedding. Every concatenation and pooling takes the value after the rectifier. `divisor` makes all channels so many times
 * fewer: 1, 2, 4, 8 or 16.
 */
export const bnInception = (embedding: number, divisor = 1): Layer => {
  const stem = [64, 64, 192].map((channels) => channels / divisor) as [number, number, number];
  const { layers } = Object.entries(blocks).reduce<{ readonly layers: readonly NamedLayer[]; readonly channels: number }>(
    ({ layers: before, channels }, [name, block]) => {
      const { layer, outputs } = blockOf(channels, block, divisor);
      return { layers: [...before, [`inception_${name}`, layer]], channels: outputs };
    },
    { layers: [], channels: stem[2] },
  );
  return sequence([
    unit("conv1_7x7_s2", 3, stem[0], 7, 2),
    ["pool1", halving],
    unit("conv2_3x3_reduce", stem[0], stem[1], 1, 1),
    unit("conv2_3x3", stem[1], stem[2], 3, 1),
    ["pool2", halving],
    ...layers,
    ["pool", globalAveragePool],
    ["head", linear(features / divisor, embedding)],
  ]);
};

/** Our words and the published ones, each tried in this order on what the words before it have made of a name. */
const words: readonly (readonly [ours: RegExp, theirs: string])[] = [
  [/^(inception_\d\w)\.\w+\./, "$1_"],
  [/\.conv\./, "."],
  [/\.norm\./, "_bn."],
  [/^head\./, "last_linear."],
  [/\.scale$/, ".weight"],
  [/\.shift$/, ".bias"],
  [/\.mean$/, ".running_mean"],
  [/\.variance$/, ".running_var"],
];

/** `inception_3a.double.double_3x3_1.norm.mean` -> `inception_3a_double_3x3_1_bn.running_mean`: as the published network calls it. */
export const inceptionName = (name: string): string => words.reduce((text, [ours, theirs]) => text.replace(ours, theirs), name);

/** The published network sees bytes, blue first, less a mean of 104, 117 and 128. */
const inceptionStatistics: ChannelStatistics = {
  mean: [128 / 255, 117 / 255, 104 / 255],
  deviation: [1 / 255, 1 / 255, 1 / 255],
  order: "bgr",
};

export const backbone = describeBackbone({
  about: "BN-Inception in its published shape, 1024 features",
  settings: {},
  statistics: inceptionStatistics,
  inputs: 3,
  publishedName: inceptionName,
  build: ({ embedding }) => bnInception(embedding),
});
