/** What a head is: what training makes of the raw embeddings before it measures distances. */
import type { Kernels } from "../../engines/index.js";

/** The batch as losses see it, and the way back. */
export interface Headed<T> {
  /** [N, D] */
  readonly embeddings: T;
  /** Of those embeddings, [N, N]. */
  readonly distances: T;
  /** Gradients in the two -> gradient in the raw embeddings, [N, D]. */
  readonly pull: (toEmbeddings: T, toDistances: T) => T;
}

/** What is made of the network's output before distances are judged. */
export interface Head {
  /** What it does, in words. */
  readonly about: string;
  /** Raw embeddings [N, D] and their squared distances [N, N] -> the batch as the losses see it. */
  readonly train: <T>(k: Kernels<T>) => (embeddings: T, squared: T) => Headed<T>;
  /** What embedding applies when there is nothing to train: [N, D] -> [N, D]. */
  readonly evaluate: <T>(k: Kernels<T>) => (embeddings: T) => T;
}
