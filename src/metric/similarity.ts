/** Similarities: dot products and cosines, of a batch with itself and with proxies. */
import { compose, type Pullback } from "../autodiff/index.js";
import { algebra, type Kernels } from "../engines/index.js";
import { l2Head } from "./heads/l2.js";

/** Embeddings [N, D] -> dot products [N, N]. Gradient: (G + G^T) e. */
export const dotProducts =
  <T>(k: Kernels<T>): Pullback<T, T> =>
  (embeddings) => [
    k.matmul(embeddings, embeddings, { b: true }),
    (gradient) => k.matmul(algebra(k).add(gradient, k.transpose(gradient)), embeddings),
  ];

/** Embeddings [N, D] -> cosines of the angles between them [N, N]; those of a zero vector are 0, and it has no gradient. */
export const cosines = <T>(k: Kernels<T>): Pullback<T, T> => compose(dotProducts(k))(l2Head(k));

/** Embeddings [N, D] and proxies [C, D] -> cosines of the angles between the ones and the others [N, C]. */
export const cosinesTo =
  <T>(k: Kernels<T>): Pullback<readonly [embeddings: T, proxies: T], T> =>
  ([embeddings, proxies]) => {
    const [units, pullUnits] = l2Head(k)(embeddings);
    const [targets, pullTargets] = l2Head(k)(proxies);
    return [
      k.matmul(units, targets, { b: true }),
      (gradient) => [pullUnits(k.matmul(gradient, targets)), pullTargets(k.matmul(gradient, units, { a: true }))],
    ];
  };
