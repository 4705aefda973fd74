/** Lengths of embeddings, for the regularizers that hold them: [N, D] -> [N, 1]. */
import type { Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";

/** |e_i|; gradient e_i / |e_i|, 0 for a zero vector. */
export const lengths =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => {
    const { absolute, largestOver, multiply, reciprocalOrZero, square, squareRoot, sumOver } = algebra(k);
    // By the largest component first, so that huge and tiny vectors stay inside the range of the squares.
    const largest = largestOver(absolute(embeddings), [1]);
    const within = multiply(embeddings, reciprocalOrZero(largest));
    const length = squareRoot(sumOver(square(within), [1]));
    return [multiply(length, largest), (gradient) => multiply(multiply(within, reciprocalOrZero(length)), gradient)];
  };
