/**
 * Proxy-NCA (Movshovitz-Attias et al. 2017) of squared distances |x - p|^2 between unit embeddings and unit proxies:
 * -log(exp(-s |x - p_y|^2) / sum_c exp(-s |x - p_c|^2)), the mean over the batch. The sum has the own proxy too, as in
 * pytorch-metric-learning; the paper's leaves it out. Of unit vectors |x - p|^2 = 2 - 2 cos, so the logits are 2 s cos. With one
 * class there is nothing to tell apart: 0.
 */
import { algebra } from "../../engines/index.js";
import { positive } from "../../settings/index.js";
import { axisLength } from "../../tensor/index.js";
import { crossEntropy } from "../logSumExp.js";
import { describeLoss } from "./loss.js";
import { ofProxies, proxySettings } from "./proxies.js";

export const loss = describeLoss({
  about: "each picture by its share of nearness to its class's proxy among all proxies",
  ofClasses: true,
  settings: { ...proxySettings, proxyNcaScale: positive().default(1).describe("scale s of the squared distances of Proxy-NCA") },
  build: ({ proxyRate, proxyNcaScale }, { classes }) =>
    ofProxies(classes, proxyRate, (k, own) => (cosines) => {
      const { mean, not, scale } = algebra(k);
      const [each, pull] = crossEntropy(k, own, not(own))(scale(cosines, 2 * proxyNcaScale));
      const share = 1 / Math.max(1, axisLength(k.shapeOf(own), 0));
      return [mean(each), (gradient) => scale(pull(scale(gradient, share)), 2 * proxyNcaScale)];
    }),
});
