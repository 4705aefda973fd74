/** Where classes lie: the mean of each one's embeddings. */
import { at, axisLength, type Tensor } from "../tensor/index.js";
import type { Labels } from "./queries.js";

/**
 * embeddings [N, D], labels [N] -> centres [C, D], classes in the order of their first pictures.
 *
 * @example
 * import { classCentres, unsafeTensor } from "mdr-ts";
 * Array.from(classCentres(unsafeTensor([3, 1], [0, 2, 9]), ["cat", "cat", "dog"]).data); // => [1, 9]
 */
export const classCentres = (embeddings: Tensor, labels: Labels): Tensor => {
  const width = axisLength(embeddings.shape, 1);
  const names = Array.from(labels);
  const numbers = new Map([...new Set(names)].map((name, index) => [name, index]));
  const counts = new Float64Array(numbers.size);
  const sums = new Float64Array(numbers.size * width);
  for (const [row, name] of names.entries()) {
    const own = numbers.get(name) ?? 0;
    counts[own] = at(counts, own) + 1;
    for (let d = 0; d < width; d++) sums[own * width + d] = at(sums, own * width + d) + at(embeddings.data, row * width + d);
  }
  return { shape: [numbers.size, width], data: sums.map((sum, index) => sum / at(counts, Math.floor(index / width))) };
};
