/** ResNet-50 (He et al. 2016) in torchvision's shape. */
import type { Layer } from "../layer.js";
import { bottleneck, expansion } from "../residual.js";
import { describeBackbone } from "./backbone.js";
import { imagenetStatistics } from "./imagenet.js";
import { residualNetwork, torchvisionName } from "./resnet.js";
import { residualStages } from "./stages.js";

/** [N, H, W, 3] -> [N, embedding]: four stages of 3, 4, 6 and 3 bottleneck blocks, 2048 features. `width`: channels of the stem, published 64. */
export const resnet50 = (embedding: number, width = 64): Layer => {
  const widths = [1, 2, 4, 8].map((times) => times * expansion * width);
  return residualNetwork(width, residualStages(width, widths, [3, 4, 6, 3], bottleneck), 8 * expansion * width, embedding);
};

export const backbone = describeBackbone({
  about: "ResNet-50 in torchvision's shape, 2048 features",
  settings: {},
  statistics: imagenetStatistics,
  inputs: 3,
  publishedName: torchvisionName,
  build: ({ embedding }) => resnet50(embedding),
});
