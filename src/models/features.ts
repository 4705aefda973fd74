/** The vectors that a model makes of pictures, batch after batch. */
import * as E from "fp-ts/lib/Either.js";
import { type Embeddable, type EmbeddedRows, finiteRows } from "../embed/index.js";
import type { Fault } from "../faults/index.js";
import type { Model } from "./model.js";

/** Pictures that go through a model at once where it takes any number: its memory grows with them, its speed hardly. */
const usualBatch = 8;

/** Rows as they come, until the last or the first fault. A vector that is no number is one. */
export async function* modelRows(model: Model, pictures: Embeddable, count: number): AsyncGenerator<E.Either<Fault, EmbeddedRows>> {
  const batch = model.input.batch ?? usualBatch;
  for (let from = 0; from < count; from += batch) {
    const to = Math.min(from + batch, count);
    const indices = Array.from({ length: to - from }, (_, index) => from + index);
    const images = await pictures.plain(indices)();
    const vectors = E.isLeft(images) ? images : E.chain(finiteRows(pictures, indices))(await model.vectors(images.right)());
    yield E.map((embeddings: EmbeddedRows["embeddings"]): EmbeddedRows => ({ from, to, embeddings }))(vectors);
    if (E.isLeft(vectors)) return;
  }
}
