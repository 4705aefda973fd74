/** The L2 head: each embedding divided by its length, in training and evaluation (the baseline Triplet + L2). */
import type { Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { alongPairs, rooted } from "../distances.js";
import type { Head } from "./head.js";

/** Each embedding divided by its length; dx = (dy - y (dy . y)) / |x|. A zero vector stays zero and has no gradient. */
export const l2Head =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    const { absolute, largestOver, multiply, reciprocalOrZero, square, squareRoot, subtract, sumOver } = algebra(k);
    // Scaling by the largest component first keeps huge and tiny vectors inside the range of the squares.
    const inverseLargest = reciprocalOrZero(largestOver(absolute(embeddings), [1]));
    const within = multiply(embeddings, inverseLargest);
    const inverse = reciprocalOrZero(squareRoot(sumOver(square(within), [1])));
    const unit = multiply(within, inverse);
    return [
      unit,
      (gradient) => {
        const along = sumOver(multiply(gradient, unit), [1]);
        const across = subtract(gradient, multiply(unit, along));
        return multiply(multiply(across, inverse), inverseLargest);
      },
    ];
  };

export const head: Head = {
  about: "divides each embedding by its length, in training and evaluation",
  train: (k) => (embeddings) => {
    const [unit, pullUnit] = l2Head(k)(embeddings);
    const [distances, toWeights] = rooted(k)(k.squaredDistances(unit));
    return {
      embeddings: unit,
      distances,
      pull: (toEmbeddings, toDistances) => pullUnit(algebra(k).add(toEmbeddings, alongPairs(k)(unit, toWeights(toDistances)))),
    };
  },
  evaluate: (k) => (embeddings) => l2Head(k)(embeddings)[0],
};
