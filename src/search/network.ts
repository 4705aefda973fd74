/** The network of an index: what it was, whether it is the same still, and opened to embed. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type OpenedEngine, openEngine } from "../engines/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { readBytes } from "../files/index.js";
import { backbones } from "../nn/index.js";
import { batch, evaluationAugmentation, squareOf, storedSide, vectorResample } from "../pictures/index.js";
import { seeded } from "../random/index.js";
import { type FoundCheckpoint, loadCheckpoint, type Settings, type Standing, standing } from "../runs/index.js";
import type { Readying } from "../store/index.js";
import { at, type Tensor } from "../tensor/index.js";
import type { About, EmbedderOptions, PhotoEmbedder } from "./entry.js";

export interface Network {
  /** Where it was found: a run's folder or a checkpoint. */
  readonly path: string;
  readonly checkpoint: FoundCheckpoint;
  readonly about: Pick<About, "run" | "checkpoint" | "weights" | "width">;
}

/** A network that looks at pictures, from a run's folder or a checkpoint. */
export const networkAt = (path: string): E.Either<Fault, Network> =>
  pipe(
    loadCheckpoint(path),
    E.filterOrElse(
      ({ record }) => backbones[record.settings.backbone].takes !== "vectors",
      () =>
        misused("its network takes vectors that another network made, and no photos", {
          where: path,
          remedy: "index with a run that was trained on pictures",
        }),
    ),
    E.bindTo("checkpoint"),
    E.bind("bytes", ({ checkpoint: { file } }) => readBytes(file)),
    E.map(({ checkpoint, bytes }) => ({
      path,
      checkpoint,
      about: {
        run: checkpoint.record.run,
        checkpoint: resolve(path),
        weights: createHash("sha256").update(bytes).digest("hex"),
        width: checkpoint.record.settings.embedding,
      },
    })),
  );

/** How a network's pictures are made ready. */
export const readyingOf = ({ imageSize }: Pick<Settings, "imageSize">, maxPixels: number): Readying => ({
  side: storedSide(imageSize),
  filter: "lanczos",
  maxPixels,
});

/** What a network sees of its pictures. */
export const viewOf = ({ imageSize, backbone }: Pick<Settings, "imageSize" | "backbone">) =>
  evaluationAugmentation(imageSize, backbones[backbone].statistics);

export interface OpenNetwork extends Standing {
  readonly why: string;
  readonly close: () => Promise<void>;
}

/** Opens an engine and puts the network on it, for `count` pictures at most at once. */
export const openNetwork = (
  { checkpoint, path }: Network,
  wish: Parameters<typeof openEngine>[0],
  count: number,
): TE.TaskEither<Fault, OpenNetwork> =>
  pipe(
    openEngine(wish),
    TE.chain((opened: OpenedEngine) => async () => {
      const made = await opened.engine((engine) => standing(engine, checkpoint, path, count))();
      if (E.isLeft(made)) {
        await opened.close();
        return made;
      }
      return E.right({
        ...made.right,
        why: opened.why,
        close: async () => {
          for (const resident of made.right.network) resident.release();
          made.right.embedder.close();
          await opened.close();
        },
      });
    }),
  );

/** Nothing of evaluation's view is left to chance. */
const unused = seeded(0);

/** The first row of embeddings [1, D], as indexes keep them. */
const only = ({ data }: Tensor): Float32Array => Float32Array.from({ length: data.length }, (_, column) => at(data, column));

/** The network that an index was made with. Left: it is gone, or its weights are others now. */
export const networkOfIndex = (
  { checkpoint, weights }: Pick<About, "checkpoint" | "weights">,
  run = checkpoint,
): E.Either<Fault, Network> =>
  pipe(
    networkAt(run),
    E.mapLeft(({ what, where }) =>
      failed(`the index's network cannot be had: ${what}`, { where, remedy: "say by {run} where its run is now" }),
    ),
    E.filterOrElse(
      ({ about }) => about.weights === weights,
      () =>
        failed("its weights are not those that the index was made with", {
          where: run,
          remedy: "index the folder again with this run, or say by {run} where the other one is",
        }),
    ),
  );

/** One after the other, in the order of asking. */
const queue = (): (<A>(work: () => Promise<A>) => Promise<A>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
};

/** Opens an index's network, to embed one picture after the other. */
export const openPhotoEmbedder = (
  network: Network,
  { engine = "auto", gpuMode = "auto", maxPixels, square = (...asked) => TE.fromEither(squareOf(...asked)) }: EmbedderOptions = {},
): TE.TaskEither<Fault, PhotoEmbedder> =>
  pipe(
    openNetwork(network, { engine, gpuMode }, 1),
    TE.bindTo("open"),
    TE.bind("resample", () => TE.fromTask(vectorResample)),
    TE.map(({ open, resample }): PhotoEmbedder => {
      const { settings } = network.checkpoint.record;
      const readying = readyingOf(settings, maxPixels ?? settings.maxPixels);
      const inTurn = queue();
      const seen = (pixels: Uint8Array): Tensor =>
        batch({ side: readying.side, pixels, labels: [0] }, [0], viewOf(settings), unused, resample).images;
      return {
        why: open.why,
        embed: (bytes, name) =>
          pipe(
            square(bytes, name, readying),
            TE.chain((pixels) => () => {
              const pictures = { plain: () => TE.right(seen(pixels)), files: [name] };
              return inTurn(pipe(open.embedder.embed(open.network, pictures, [0]), TE.map(only)));
            }),
          ),
        close: () => inTurn(open.close),
      };
    }),
  );
