/**
 * NT-Xent, the normalised temperature-scaled cross entropy (Sohn 2016; van den Oord et al. 2018; Chen et al. 2020) of cosines S:
 * for each positive pair -log(exp(S_p / t) / (exp(S_p / t) + sum_n exp(S_n / t))), the negatives being the anchor's; the mean
 * over the pairs. The anchor's other positives have no part in a pair's loss. 0 without a positive or without a negative.
 */
import { compose, type Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { positive } from "../../settings/index.js";
import { logSumExp, softplus } from "../logSumExp.js";
import { classMasks } from "../masks.js";
import { meanWhere } from "../means.js";
import { chosenPairs } from "../mining/weights.js";
import { cosines } from "../similarity.js";
import { describeLoss } from "./loss.js";
import { ofEmbeddings } from "./pairs.js";

/** Cosines [N, N] -> loss. */
const ntXentLoss =
  <T>(k: Kernels<T>, temperature: number) =>
  (labels: T): Pullback<T, T> =>
  (similarities) => {
    const { scale, subtract, sumOver } = algebra(k);
    const masks = classMasks(k)(labels);
    const logits = scale(similarities, 1 / temperature);
    const [against, pullAgainst] = logSumExp(k, masks.negatives)(logits);
    const [each, pullEach] = softplus(k)(subtract(against, logits));
    const [loss, pullMean] = meanWhere(k, chosenPairs(k)(masks))(each);
    return [
      loss,
      (gradient) => {
        const toPairs = pullEach(pullMean(gradient));
        return scale(subtract(pullAgainst(sumOver(toPairs, [1])), toPairs), 1 / temperature);
      },
    ];
  };

export const loss = describeLoss({
  about: "each positive pair by its share of similarity among the anchor's negatives",
  settings: { ntXentTemperature: positive().default(0.07).describe("temperature of the NT-Xent loss") },
  build: ({ ntXentTemperature }) => ofEmbeddings((k, labels) => compose(ntXentLoss(k, ntXentTemperature)(labels))(cosines(k))),
});
