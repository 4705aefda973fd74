/**
 * The N-pair loss (Sohn 2016, N-pair-mc) of dot products: of each class the first picture of the batch is the anchor and the second
 * its positive, log(1 + sum_j exp(x_i . x_j+ - x_i . x_i+)) over the positives of the other classes; the mean over the
 * classes that have a pair. The sampler's order within a class is random. 0 where fewer than two classes have a pair.
 */
import { compose, type Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, generate } from "../../tensor/index.js";
import { crossEntropy } from "../logSumExp.js";
import { classMasks } from "../masks.js";
import { meanWhere } from "../means.js";
import { dotProducts } from "../similarity.js";
import { describeLoss } from "./loss.js";
import { ofEmbeddings } from "./pairs.js";

/** Dot products [N, N] -> loss. */
const nPairLoss =
  <T>(k: Kernels<T>) =>
  (labels: T): Pullback<T, T> => {
    const { equal, largestOver, multiply, number, subtract, sumOver } = algebra(k);
    const count = axisLength(k.shapeOf(labels), 0);
    const { positives } = classMasks(k)(labels);
    const before = k.constant(generate([count, count], (flat) => (flat % count < Math.floor(flat / count) ? 1 : 0)));
    /** How many of its class stand before each picture, [N, 1]. */
    const place = sumOver(multiply(positives, before), [1]);
    const anchors = multiply(equal(place, number(0)), largestOver(positives, [1]));
    const candidates = multiply(anchors, k.reshape(equal(place, number(1)), [1, count]));
    const own = multiply(candidates, positives);
    return compose(meanWhere(k, anchors))(crossEntropy(k, own, subtract(candidates, own)));
  };

export const loss = describeLoss({
  about: "a pair of each class, by the share of its dot product among those with the other classes' positives",
  settings: {},
  build: () => ofEmbeddings((k, labels) => compose(nPairLoss(k)(labels))(dotProducts(k))),
});
