/**
 * Proxy-Anchor (Kim et al. 2020) of cosines s(x, p): the mean of log(1 + sum_x exp(-alpha (s(x, p) - delta))) over the proxies whose
 * class is in the batch, x being its pictures, and the mean over all proxies of log(1 + sum_x exp(alpha (s(x, p) + delta))),
 * x being the other classes' pictures. A proxy without such pictures has 0 there.
 */
import { z } from "zod";
import type { Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { positive } from "../../settings/index.js";
import { axisLength } from "../../tensor/index.js";
import { logOnePlusSumExp } from "../logSumExp.js";
import { meanWhere } from "../means.js";
import { describeLoss } from "./loss.js";
import { ofProxies, proxySettings } from "./proxies.js";

/** Cosines [N, C] -> loss, given 1 at each picture's own proxy [N, C]. */
const proxyAnchorLoss =
  <T>(k: Kernels<T>, delta: number, alpha: number) =>
  (own: T): Pullback<T, T> =>
  (cosines) => {
    const { add, largestOver, mean, not, scale, subtract } = algebra(k);
    const [near, pullNear] = logOnePlusSumExp(k, own, 0)(k.affine(cosines, -alpha, alpha * delta));
    const [far, pullFar] = logOnePlusSumExp(k, not(own), 0)(k.affine(cosines, alpha, alpha * delta));
    const [drawn, pullDrawn] = meanWhere(k, largestOver(own, [0]))(near);
    const share = 1 / Math.max(1, axisLength(k.shapeOf(own), 1));
    return [add(drawn, mean(far)), (gradient) => scale(subtract(pullFar(scale(gradient, share)), pullNear(pullDrawn(gradient))), alpha)];
  };

export const loss = describeLoss({
  about: "each class's proxy draws its pictures and pushes all others, softly the hardest first",
  ofClasses: true,
  settings: {
    ...proxySettings,
    proxyAnchorMargin: z.number().default(0.1).describe("margin delta of Proxy-Anchor"),
    proxyAnchorAlpha: positive().default(32).describe("sharpness alpha of Proxy-Anchor"),
  },
  build: ({ proxyRate, proxyAnchorMargin, proxyAnchorAlpha }, { classes }) =>
    ofProxies(classes, proxyRate, (k, own) => proxyAnchorLoss(k, proxyAnchorMargin, proxyAnchorAlpha)(own)),
});
