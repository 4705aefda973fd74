/** What the residual networks of ImageNet share: their stem, their stages, and torchvision's names for their tensors. */
import { square } from "../../engines/index.js";
import { batchNorm } from "../batchNorm.js";
import { convolution } from "../convolution.js";
import type { Layer } from "../layer.js";
import { linear } from "../linear.js";
import { globalAveragePool, maxPool } from "../pooling.js";
import { relu } from "../relu.js";
import { type NamedLayer, sequence } from "../sequence.js";

/** [N, H, W, 3] -> [N, embedding]: a 7x7 stem of `width` channels, a max pool, the stages, `features` means over the pixels, and a linear layer. */
export const residualNetwork = (width: number, stages: readonly NamedLayer[], features: number, embedding: number): Layer =>
  sequence([
    ["stem.conv", convolution({ inputs: 3, outputs: width, size: [7, 7], bias: false, ...square(2, 3) })],
    ["stem.norm", batchNorm(width)],
    ["stem.relu", relu],
    ["stem.pool", maxPool({ size: [3, 3], ...square(2, 1) })],
    ...stages,
    ["pool", globalAveragePool],
    ["head", linear(features, embedding)],
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

/** `stage2.block1.norm1.mean` -> `layer2.0.bn1.running_mean`: what torchvision and timm call it, blocks counted from 0. */
export const torchvisionName = (name: string): string =>
  words.reduce(
    (text, [ours, theirs]) => text.replace(ours, theirs),
    name.replace(/^stage(\d)\.block(\d)/, (_, stage: string, block: string) => `layer${stage}.${Number(block) - 1}`),
  );
