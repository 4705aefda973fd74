/** ResNet-18 (He et al. 2016) in its published shape. */
import { square } from "../../engines/index.js";
import { batchNorm } from "../batchNorm.js";
import { convolution } from "../convolution.js";
import type { Layer } from "../layer.js";
import { linear } from "../linear.js";
import { globalAveragePool, maxPool } from "../pooling.js";
import { relu } from "../relu.js";
import { sequence } from "../sequence.js";
import { describeBackbone } from "./backbone.js";
import { imagenetStatistics } from "./imagenet.js";
import { residualStages } from "./stages.js";

/** [N, H, W, 3] -> [N, embedding]: 7x7 stem, max pool, four stages of two blocks, 512 features, then the embedding. */
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

/** Our words and torchvision's, each tried in this order on what the words before it have made of a name. */
const words: readonly (readonly [ours: RegExp, theirs: string])[] = [
  [/^stem\.conv\./, "conv1."],
  [/^stem\.norm\./, "bn1."],
  [/\.norm(\d)\./, ".bn$1."],
  [/\.shortcut\.conv\./, ".downsample.0."],
  [/\.shortcut\.norm\./, ".downsample.1."],
  [/^head\./, "fc."],
  [/\.scale$/, ".weight"],
  [/\.shift$/, ".bias"],
  [/\.mean$/, ".running_mean"],
  [/\.variance$/, ".running_var"],
];

/** `stage2.block1.norm1.mean` -> `layer2.0.bn1.running_mean`: what torchvision's `resnet18` calls it, blocks counted from 0. */
export const torchvisionName = (name: string): string =>
  words.reduce(
    (text, [ours, theirs]) => text.replace(ours, theirs),
    name.replace(/^stage(\d)\.block(\d)/, (_, stage: string, block: string) => `layer${stage}.${Number(block) - 1}`),
  );

export const backbone = describeBackbone({
  about: "ResNet-18 in its published shape, 512 features",
  settings: {},
  statistics: imagenetStatistics,
  inputs: 3,
  publishedName: torchvisionName,
  build: ({ embedding }) => resnet18(embedding),
});
