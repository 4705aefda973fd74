/**
 * A loss is a layer whose output is a scalar. What a `Layer` is to the network a `Criterion` is to the objective: a value that
 * lists its parameters (levels, proxies), its state (running statistics) and the random numbers that it wants, and a pure
 * function of (parameters, state, batch) that returns the loss, what is to be reported, the next state and the pullback.
 */
import type { Kernels } from "../engines/index.js";
import type { Named, ParameterSpec, Shape } from "../tensor/index.js";

/** A batch as losses, miners and regularizers see it. */
export interface Batch<T> {
  /** As the network made them, before any head, [N, D]: for what looks at lengths. */
  readonly raw: T;
  /** After the head, [N, D]. */
  readonly embeddings: T;
  /** Of those embeddings, [N, N]: computed once for all who need them. */
  readonly distances: T;
  /** [N], whole numbers: the training classes from 0 on. */
  readonly labels: T;
  /** The random numbers that `draws` asked for, in [0, 1), by name. */
  readonly draws: Named<T>;
  /** Given where differences are taken: what the gradient holds constant, to be used in place of this batch's own. */
  readonly held?: Named<T> | undefined;
}

/** What a criterion pulls back; a part that it does not depend on is left out. */
export interface Pulled<T> {
  readonly parameters: Named<T>;
  readonly raw?: T;
  readonly embeddings?: T;
  readonly distances?: T;
}

/** A batch's loss, what is told of it, and its gradient. */
export interface Judged<T> {
  /** Shape []. */
  readonly loss: T;
  /** What a step reports besides the loss; shapes as `parts` of the criterion declares. */
  readonly parts: Named<T>;
  readonly state: Named<T>;
  /** What the gradient takes as constant though it follows from the batch: detached weights, running means. */
  readonly held?: Named<T>;
  /** From the gradient of the final loss in `loss`, shape []. */
  readonly pull: (gradient: T) => Pulled<T>;
}

/** Something that judges a batch: a loss, a regularizer. */
export interface Criterion {
  readonly parameters: Named<ParameterSpec>;
  readonly state: Named<ParameterSpec>;
  readonly parts: Named<Shape>;
  /** The random numbers wanted for a batch of so many. */
  readonly draws: (count: number) => Named<Shape>;
  readonly forward: <T>(k: Kernels<T>) => (parameters: Named<T>, state: Named<T>, batch: Batch<T>) => Judged<T>;
}
