/** Losses that are a function of the batch's labels and of one thing more, with no parameter, state or random number. */
import type { Pullback } from "../../autodiff/index.js";
import type { Kernels } from "../../engines/index.js";
import type { Criterion } from "../criterion.js";

type Formula = <T>(k: Kernels<T>, labels: T) => Pullback<T, T>;

const nothing = { parameters: {}, state: {}, parts: {}, draws: () => ({}) } as const;

/** Of the distances [N, N]. */
export const ofDistances = (formula: Formula): Criterion => ({
  ...nothing,
  forward: (k) => (_, state, batch) => {
    const [loss, pull] = formula(k, batch.labels)(batch.distances);
    return { loss, parts: {}, state, pull: (gradient) => ({ parameters: {}, distances: pull(gradient) }) };
  },
});

/** Of the embeddings [N, D]. */
export const ofEmbeddings = (formula: Formula): Criterion => ({
  ...nothing,
  forward: (k) => (_, state, batch) => {
    const [loss, pull] = formula(k, batch.labels)(batch.embeddings);
    return { loss, parts: {}, state, pull: (gradient) => ({ parameters: {}, embeddings: pull(gradient) }) };
  },
});
