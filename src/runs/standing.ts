/** A checkpoint's network on an engine, ready to embed. */
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Embedder, embedder, networkLayout } from "../embed/index.js";
import type { Engine, Resident } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { flatten, type Named, type Tensor } from "../tensor/index.js";
import { batchOf, evaluationHead, exampleOf, networkOf } from "../train/index.js";
import { type Checkpoint, fitting } from "./checkpoint.js";

/** A network that is ready to embed, and its program. */
export interface Standing {
  readonly embedder: Embedder;
  readonly network: readonly Resident[];
}

/** The network at `path` on an open engine, for `count` pictures at most at once. Whoever asks for it releases and closes it. */
export const standing = <T>(
  engine: Engine<T>,
  { record, tensors }: Checkpoint,
  path: string,
  count: number,
): TE.TaskEither<Fault, Standing> => {
  const { settings } = record;
  return pipe(
    TE.Do,
    TE.bind("network", () => TE.fromEither(networkOf(settings))),
    TE.bind("fitted", ({ network }) => TE.fromEither(fitting(path, networkLayout(network), tensors))),
    TE.bind("embedder", ({ network }) =>
      embedder(engine, {
        network,
        head: evaluationHead(settings),
        images: [Math.min(batchOf(settings).batch, Math.max(1, count)), ...exampleOf(settings)],
      }),
    ),
    TE.map(({ network, fitted, embedder: made }) => ({
      embedder: made,
      network: flatten<Tensor>(networkLayout(network), fitted as Named<Tensor>).map(engine.upload),
    })),
  );
};
