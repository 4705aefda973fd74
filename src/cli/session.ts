/** What several commands do: open data and engine, train as settings say, embed a set of pictures. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { embedder, networkLayout } from "../embed/index.js";
import type { Resident } from "../engines/index.js";
import { type OpenedEngine, openEngine } from "../engines/index.js";
import { evaluateRetrieval } from "../evaluate/index.js";
import type { Fault } from "../faults/index.js";
import { type Checkpoint, fitting } from "../runs/index.js";
import { openSplit, type Pictures, type SplitPictures } from "../store/index.js";
import type { Tensor } from "../tensor/index.js";
import { flatten } from "../tensor/index.js";
import { buildNetwork, type RunResult, type Settings, train } from "../train/index.js";
import { interruption } from "./finish.js";
import { progress, say, trainingProgress } from "./output.js";

export interface Speech {
  /** Only results, no progress. */
  readonly quiet: boolean;
}

/** Opens the engine, says which and why, and closes it whatever the work comes to. */
export const withEngine =
  <A>(settings: Pick<Settings, "engine" | "gpuMode">, { quiet }: Speech, work: (engine: OpenedEngine) => TE.TaskEither<Fault, A>) =>
  async (): Promise<E.Either<Fault, A>> => {
    const opened = await openEngine(settings)();
    if (E.isLeft(opened)) return opened;
    if (!quiet) say(opened.right.why);
    const result = await work(opened.right)();
    await opened.right.close();
    return result;
  };

/** The pictures of a training run, decoded or from the cache. */
export const loadSplit =
  (settings: Settings, { quiet }: Speech): TE.TaskEither<Fault, SplitPictures> =>
  async () => {
    const bar = quiet ? { update: () => {}, stop: () => {} } : progress("decoding");
    const split = await openSplit(settings, bar.update)();
    bar.stop();
    if (E.isRight(split) && !quiet) for (const warning of split.right.warnings) say(`mdr: ${warning}`);
    return split;
  };

/** All retrieval metrics of embeddings under these settings. */
export const scoreWith =
  (settings: Pick<Settings, "recall" | "seed">) =>
  (embeddings: Tensor, labels: readonly number[]): Readonly<Record<string, number>> =>
    evaluateRetrieval(embeddings, labels, { ranks: [...new Set([1, ...settings.recall])], seed: settings.seed });

/** One training run on an open engine, with its bar, stopping well on Ctrl-C. */
export const trainOn =
  (
    { engine }: OpenedEngine,
    settings: Settings,
    pictures: SplitPictures,
    { quiet, resume }: Speech & { readonly resume?: Checkpoint },
  ): TE.TaskEither<Fault, RunResult> =>
  async () => {
    const bar = trainingProgress(settings.method, settings.epochs * settings.iterations, quiet);
    const signal = interruption();
    const run = {
      settings,
      train: pictures.train,
      test: pictures.test,
      score: scoreWith(settings),
      onStep: bar.onStep,
      onEpoch: bar.onEpoch,
      stopped: signal.requested,
      ...(resume === undefined ? {} : { resume }),
    };
    const result = await engine((opened) => train(opened, run))();
    bar.stop();
    signal.forget();
    return result;
  };

/** Embeddings of pictures [count, D] by a checkpoint's network. */
export const embedWith =
  (opened: OpenedEngine, checkpoint: Checkpoint, path: string, pictures: Pictures, { quiet }: Speech): TE.TaskEither<Fault, Tensor> =>
  () =>
    opened.engine(async (engine) => {
      const { settings } = checkpoint.record;
      const network = buildNetwork(settings);
      if (E.isLeft(network)) return network;
      const layout = networkLayout(network.right);
      const tensors = fitting(path, layout, checkpoint.tensors);
      if (E.isLeft(tensors)) return tensors;
      const size = settings.imageSize;
      const compiled = await embedder(engine, {
        network: network.right,
        images: [Math.min(settings.batch, Math.max(1, pictures.count)), size, size, 3],
        normalised: settings.method === "triplet-l2",
      })();
      if (E.isLeft(compiled)) return compiled;
      const residents: readonly Resident[] = flatten(layout, tensors.right).map(engine.upload);
      const bar = quiet ? { update: () => {}, stop: () => {} } : progress("embedding");
      const embeddings = await compiled.right.embed(
        residents,
        pictures.count,
        (from, to) => pictures.plain(Array.from({ length: to - from }, (_, index) => from + index)),
        (done) => bar.update(done, pictures.count),
      )();
      bar.stop();
      for (const resident of residents) resident.release();
      compiled.right.close();
      return embeddings;
    });
