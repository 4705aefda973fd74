/**
 * The objective (paper): L = L_metric + a regularizer's loss, under a head. Head, loss and regularizer are three separate
 * choices; together they are one criterion over the RAW embeddings, so that a training step knows none of them.
 */
import { algebra, type Kernels } from "../engines/index.js";
import { type Named, type ParameterSpec, prefixed, type Shape, under, zeros } from "../tensor/index.js";
import type { Batch, Criterion, Judged, Pulled } from "./criterion.js";
import type { Head, Headed } from "./heads/head.js";
import { meanRoot } from "./heads/meanDistance.js";

/** What an objective is made of. */
export interface ObjectiveParts {
  readonly head: Head;
  readonly loss: Criterion;
  readonly regularizer: Criterion;
}

/** Raw embeddings [N, D], labels [N], draws: the objective measures the distances itself. */
export type RawBatch<T> = Omit<Batch<T>, "distances" | "raw" | "held">;

/** A batch judged as a whole: what is pulled are the raw embeddings. */
export type Total<T> = Omit<Judged<T>, "pull"> & { readonly pull: (gradient: T) => Required<Omit<Pulled<T>, "distances" | "raw">> };

/** The sum that training makes small, over raw embeddings. */
export interface Objective extends Criterion {
  readonly forward: <T>(k: Kernels<T>) => (parameters: Named<T>, state: Named<T>, batch: RawBatch<T>) => Total<T>;
}

/** What the two parts have, each under its own name. */
const ofBoth = <A>(loss: Named<A>, regularizer: Named<A>): Named<A> => ({
  ...prefixed("loss", loss),
  ...prefixed("regularizer", regularizer),
});

/** The terms of an objective over one batch, each by itself. */
export interface Terms<T> {
  /** Squared distances of the raw embeddings, [N, N]. */
  readonly squared: T;
  readonly headed: Headed<T>;
  readonly metric: Judged<T>;
  readonly beside: Judged<T>;
}

/** (parameters, state, raw batch) -> what the head makes of the batch, and what loss and regularizer judge of that. */
export const termsOf =
  <T>(k: Kernels<T>, { head, loss, regularizer }: ObjectiveParts) =>
  (parameters: Named<T>, state: Named<T>, raw: RawBatch<T>): Terms<T> => {
    const squared = k.squaredDistances(raw.embeddings);
    const headed = head.train(k)(raw.embeddings, squared);
    const judgedBy = (name: "loss" | "regularizer", criterion: Criterion): Judged<T> =>
      criterion.forward(k)(under(name, parameters), under(name, state), {
        raw: raw.embeddings,
        embeddings: headed.embeddings,
        distances: headed.distances,
        labels: raw.labels,
        draws: under(name, raw.draws),
      });
    return { squared, headed, metric: judgedBy("loss", loss), beside: judgedBy("regularizer", regularizer) };
  };

/** The sum of an objective's terms over a batch, with its gradient in the raw embeddings [N, D]. */
export const summed =
  <T>(k: Kernels<T>) =>
  ({ squared, headed, metric, beside }: Terms<T>, embeddings: T): Total<T> => {
    const { add } = algebra(k);
    const sumOr = (shape: Shape, ...terms: readonly (T | undefined)[]): T => {
      const [first, ...others] = terms.flatMap((term) => (term === undefined ? [] : [term]));
      return first === undefined ? k.constant(zeros(shape)) : others.reduce(add, first);
    };
    return {
      loss: add(metric.loss, beside.loss),
      parts: { metricLoss: metric.loss, meanDistance: meanRoot(k)(squared), ...metric.parts, ...beside.parts },
      state: ofBoth(metric.state, beside.state),
      pull: (gradient: T) => {
        const [own, others] = [metric.pull(gradient), beside.pull(gradient)];
        const throughHead = headed.pull(
          sumOr(k.shapeOf(headed.embeddings), own.embeddings, others.embeddings),
          sumOr(k.shapeOf(headed.distances), own.distances, others.distances),
        );
        return {
          parameters: ofBoth(own.parameters, others.parameters),
          embeddings: sumOr(k.shapeOf(embeddings), throughHead, own.raw, others.raw),
        };
      },
    };
  };

/**
 * Reports `metricLoss`, `meanDistance` (of the raw embeddings: it falls towards 0 when they collapse) and the parts of loss
 * and regularizer. The squared distances of the raw embeddings are computed once, for the head and for the report.
 */
export const objective = (made: ObjectiveParts): Objective => ({
  parameters: ofBoth<ParameterSpec>(made.loss.parameters, made.regularizer.parameters),
  state: ofBoth<ParameterSpec>(made.loss.state, made.regularizer.state),
  parts: { metricLoss: [], meanDistance: [], ...made.loss.parts, ...made.regularizer.parts },
  draws: (count): Named<Shape> => ofBoth(made.loss.draws(count), made.regularizer.draws(count)),
  forward:
    <T>(k: Kernels<T>) =>
    (parameters: Named<T>, state: Named<T>, raw: RawBatch<T>) =>
      summed(k)(termsOf(k, made)(parameters, state, raw), raw.embeddings),
});
