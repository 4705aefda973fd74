/** Proxies: a learned vector for each training class, [C, D], that losses compare a batch with in place of its other pictures. */
import { z } from "zod";
import type { Pullback } from "../../autodiff/index.js";
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, generate, type Named, named } from "../../tensor/index.js";
import type { Batch, Criterion, Judged } from "../criterion.js";
import { cosinesTo } from "../similarity.js";
import type { Classes } from "./loss.js";

/** What all losses with proxies take. */
export const proxySettings = {
  proxyRate: z.number().min(0).default(100).describe("rate at which proxies learn, times the learning rate (Proxy-Anchor's authors: 100)"),
};

/** labels [N] -> 1 at each picture's own proxy, 0 at the others: [N, C]. */
const ownProxies =
  <T>(k: Kernels<T>, count: number) =>
  (labels: T): T =>
    algebra(k).equal(k.reshape(labels, [axisLength(k.shapeOf(labels), 0), 1]), k.constant(generate([1, count], (flat) => flat)));

/** Of the cosines of embeddings and proxies [N, C], given 1 at each picture's own proxy [N, C]. Proxies begin normal, of variance 2 / C. */
export const ofProxies = (classes: Classes | undefined, rate: number, formula: <T>(k: Kernels<T>, own: T) => Pullback<T, T>): Criterion => {
  if (classes === undefined) throw new Error("a loss with proxies is built for a number of classes, and nobody said how many there are");
  const shape = [classes.count, classes.embedding];
  return {
    parameters: { proxies: { shape, initialisation: { kind: "heNormal", fanIn: classes.count }, rate } },
    state: {},
    parts: {},
    draws: () => ({}),
    forward:
      <T>(k: Kernels<T>) =>
      (parameters: Named<T>, state: Named<T>, { embeddings, labels }: Batch<T>): Judged<T> => {
        const proxies = named(parameters, "proxies");
        const [cosines, pullCosines] = cosinesTo(k)([embeddings, proxies]);
        const own = ownProxies(k, axisLength(k.shapeOf(proxies), 0))(labels);
        const [loss, pull] = formula(k, own)(cosines);
        return {
          loss,
          parts: {},
          state,
          pull: (gradient) => {
            const [toEmbeddings, toProxies] = pullCosines(pull(gradient));
            return { parameters: { proxies: toProxies }, embeddings: toEmbeddings };
          },
        };
      },
  };
};
