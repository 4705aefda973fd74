/**
 * The angular loss (Wang et al. 2017) of cosines S: for each positive pair log(1 + sum_n exp(4 t (S_an + S_pn) - 2 (1 + t) S_ap)),
 * t = tan^2 alpha, over the negatives of the pair's class; the mean over the pairs. 0 without a positive or without a negative.
 *
 * Two of a class have the same negatives, so the sum over triplets is a product of matrices: with E_in = exp(4 t S_in - m_i) for the
 * negatives n of i and m_i their largest exponent, sum_n exp(4 t (S_an + S_pn)) = exp(m_a + m_p) (E E^T)_ap. No N^3 numbers are kept.
 */
import { z } from "zod";
import { compose, type Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { softplus } from "../logSumExp.js";
import { classMasks } from "../masks.js";
import { meanWhere } from "../means.js";
import { beyond } from "../mining/miner.js";
import { chosenPairs } from "../mining/weights.js";
import { cosines } from "../similarity.js";
import { describeLoss } from "./loss.js";
import { ofEmbeddings } from "./pairs.js";

/** Degrees: up to here tan^2 is 3, and E E^T is above exp(-48), which float32 can hold. */
const widest = 60;

/** Cosines [N, N] -> loss. */
const angularLoss =
  <T>(k: Kernels<T>, degrees: number) =>
  (labels: T): Pullback<T, T> =>
  (similarities) => {
    const { add, exponential, largestOver, logarithm, multiply, number, reciprocal, scale, subtract, where } = algebra(k);
    const squaredTangent = Math.tan((degrees * Math.PI) / 180) ** 2;
    const masks = classMasks(k)(labels);
    const { negatives } = masks;
    const pairs = chosenPairs(k)(masks);
    const exponents = scale(similarities, 4 * squaredTangent);
    const top = multiply(largestOver(where(negatives, exponents, number(-beyond)), [1]), largestOver(negatives, [1]));
    const powers = multiply(exponential(multiply(subtract(exponents, top), negatives)), negatives);
    // 1 at what is no pair: its logarithm is not looked at.
    const sums = where(pairs, k.matmul(powers, powers, { b: true }), number(1));
    const logSums = add(add(top, k.transpose(top)), logarithm(sums));
    const [each, pullEach] = softplus(k)(subtract(logSums, scale(similarities, 2 * (1 + squaredTangent))));
    const [loss, pullMean] = meanWhere(k, pairs)(each);
    return [
      loss,
      (gradient) => {
        const toPairs = pullEach(pullMean(gradient));
        const toSums = multiply(toPairs, reciprocal(sums));
        const toPowers = k.matmul(add(toSums, k.transpose(toSums)), powers);
        return subtract(scale(multiply(toPowers, powers), 4 * squaredTangent), scale(toPairs, 2 * (1 + squaredTangent)));
      },
    ];
  };

export const loss = describeLoss({
  about: "the angle at the negative in the triangle of a positive pair and a negative",
  settings: {
    angularAlpha: z.number().positive().max(widest).default(40).describe("angle of the angular loss in degrees"),
  },
  build: ({ angularAlpha }) => ofEmbeddings((k, labels) => compose(angularLoss(k, angularAlpha)(labels))(cosines(k))),
});
