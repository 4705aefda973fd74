/** ResNet-18 (He et al. 2016) in its published shape. */
import type { Layer } from "../layer.js";
import { describeBackbone } from "./backbone.js";
import { imagenetStatistics } from "./imagenet.js";
import { residualNetwork, torchvisionName } from "./resnet.js";
import { residualStages } from "./stages.js";

/** [N, H, W, 3] -> [N, embedding]: four stages of two blocks, 512 features. */
export const resnet18 = (embedding: number): Layer =>
  residualNetwork(64, residualStages(64, [64, 128, 256, 512], [2, 2, 2, 2]), 512, embedding);

export const backbone = describeBackbone({
  about: "ResNet-18 in its published shape, 512 features",
  settings: {},
  statistics: imagenetStatistics,
  inputs: 3,
  publishedName: torchvisionName,
  build: ({ embedding }) => resnet18(embedding),
});
