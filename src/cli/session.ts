/** What several commands do: open data and engine, train as settings say, embed a set of pictures. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { testedOf } from "../datasets/index.js";
import type { EmbeddedRows } from "../embed/index.js";
import { type OpenedEngine, openEngine } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { backbones } from "../nn/index.js";
import type { PictureSource } from "../pictures/index.js";
import {
  type Checkpoint,
  type Known,
  type Performance,
  perform,
  resumedData,
  type Settings,
  type Standing,
  standing,
  unchanged,
} from "../runs/index.js";
import { type Opened, type OpenOptions, originOf, type Sources } from "../store/index.js";
import type { Tensor } from "../tensor/index.js";
import { batchOf, type Evaluation, type RunEvent, type RunResult, recipeName } from "../train/index.js";
import { inFlags } from "./finish.js";
import { progress, say, trainingProgress, warn } from "./output.js";
import { interruption } from "./signals.js";

export interface Speech {
  /** No progress; results and warnings all the same. */
  readonly quiet: boolean;
}

const silent = { update: () => {}, stop: () => {} };

export const barOf = (name: string, { quiet }: Speech) => (quiet ? silent : progress(name));

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

/** These settings with what the backbone says of the pictures it wants. */
export const viewed = (settings: Settings) => ({ ...settings, statistics: backbones[settings.backbone].statistics });

/** What deserves attention, on lines of its own. */
export const note = (lines: readonly string[]): void => {
  for (const what of lines) warn(inFlags({ where: "", what, remedy: "" }));
};

/** Pictures decoded or from the cache, with a bar; what is left out is said. */
export const opening = <A extends Opened>(
  open: (options: OpenOptions) => TE.TaskEither<Fault, A>,
  speech: Speech,
  streamFrom?: number,
): TE.TaskEither<Fault, A> => {
  const bar = barOf(streamFrom === undefined ? "decoding" : "reading pictures", speech);
  return async () => {
    const opened = await open({ onProgress: ({ done, total }) => bar.update(done, total), streamFrom })();
    bar.stop();
    if (E.isRight(opened)) note(opened.right.warnings);
    return opened;
  };
};

/** Fewer pictures than these are decoded before a run has begun to compute. */
export const worthStreaming = 256;

/** The pictures of a training run; one that goes on has those that it began with. From `streamFrom` on they are decoded while it trains. */
export const loadSources = (settings: Settings, speech: Speech, known?: Known, streamFrom?: number): TE.TaskEither<Fault, Sources> =>
  pipe(
    TE.fromEither(originOf({ ...settings })),
    TE.bindTo("origin"),
    TE.bind("divided", ({ origin: { description, hashOf } }) =>
      TE.fromEither(known === undefined ? E.right({ description, notes: [] }) : resumedData(known, description, hashOf)),
    ),
    TE.bind("sources", ({ origin, divided: { description, notes } }) => {
      note(notes);
      return opening(origin.sources(description, { ...viewed(settings), ...batchOf(settings) }), speech, streamFrom);
    }),
    TE.chainFirst(
      ({ sources }): TE.TaskEither<Fault, void> =>
        async () => {
          const same: E.Either<Fault, void> = known === undefined ? E.right(undefined) : unchanged(known, sources.recorded);
          if (E.isLeft(same)) await sources.close();
          return same;
        },
    ),
    TE.map(({ sources }) => sources),
  );

/** For the end of a result: how many pictures had no part in it. */
export const leftOutNote = ({ leftOut }: Pick<Opened, "leftOut">): string => (leftOut.length === 0 ? "" : `; ${leftOut.length} left out`);

/** How many pictures and classes train and test, in a line. */
export const countsLine = (sources: Sources, { validate }: Pick<Settings, "validate">): string => {
  const { train, query, gallery } = sources;
  const counted = {
    "unseen classes": `of ${query.names.length} other classes test`,
    "held-out classes": `of ${query.names.length} classes held out of training validate`,
    "other pictures": "others of the same classes test",
  };
  const among = gallery === undefined ? "" : `, among ${gallery.count} of a gallery`;
  const things = query.kept.kind === "vectors" ? "vectors" : "pictures";
  return `${train.count} ${things} of ${train.names.length} classes train; ${query.count} ${counted[testedOf(sources.recorded, validate)]}${among}`;
};

/** The page of a run that is at its end. What becomes of it is said and spoils no run. */
const reported = async (settings: Settings, pictures: Sources, evaluation: Evaluation): Promise<void> => {
  const { writeRunPage } = await import("./pages.js");
  const written = await writeRunPage(settings, pictures, evaluation)();
  if (E.isLeft(written)) note([`no report was written: ${inFlags(written.left)}`]);
};

/** One training run on an open engine, with its bar, stopping well on Ctrl-C; at its end its report, where that is asked for. */
export const trainOn =
  (
    { engine }: OpenedEngine,
    settings: Settings,
    pictures: Sources,
    { quiet, report, ...more }: Speech & Pick<Performance, "resume" | "force"> & { readonly report: boolean },
  ): TE.TaskEither<Fault, RunResult> =>
  async () => {
    const bar = trainingProgress(recipeName(settings), settings.epochs * settings.iterations, quiet);
    const signal = interruption();
    let evaluation: Evaluation | undefined;
    const watching = {
      ...more,
      onEvent: (event: RunEvent): void => {
        // Of the last epoch alone: embeddings of a large data set are not kept while it trains.
        if (event.kind === "epoch" && event.report.epoch === settings.epochs) evaluation = event.evaluation;
        bar.onEvent(event);
      },
      onScoring: bar.onScoring,
      stopped: signal.requested,
      onNote: (line: string) => note([line]),
    };
    const result = await engine((opened) => perform(opened, settings, pictures, watching))();
    bar.stop();
    signal.forget();
    // Where nothing was left to train, the page that the end has left still stands.
    if (report && evaluation !== undefined && E.isRight(result)) {
      if (!quiet) say("writing the report");
      await reported(settings, pictures, evaluation);
    }
    return result;
  };

/** Uses a checkpoint's network on an open engine, and clears up after it. */
const withNetwork = <A>(
  opened: OpenedEngine,
  checkpoint: Checkpoint,
  path: string,
  count: number,
  use: (standing: Standing) => TE.TaskEither<Fault, A>,
): TE.TaskEither<Fault, A> =>
  opened.engine((engine) =>
    pipe(
      standing(engine, checkpoint, path, count),
      TE.chain((made) => async () => {
        const result = await use(made)();
        for (const resident of made.network) resident.release();
        made.embedder.close();
        return result;
      }),
    ),
  );

const allOf = ({ count }: PictureSource): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Embeddings of pictures [count, D] by a checkpoint's network. */
export const embedWith = (
  opened: OpenedEngine,
  checkpoint: Checkpoint,
  path: string,
  pictures: PictureSource,
  speech: Speech,
): TE.TaskEither<Fault, Tensor> =>
  withNetwork(opened, checkpoint, path, pictures.count, ({ embedder: made, network }) => async () => {
    const bar = barOf("embedding", speech);
    const embeddings = await made.embed(network, pictures, allOf(pictures), (done) => bar.update(done, pictures.count))();
    bar.stop();
    return embeddings;
  });

/** The same, rows as they come, to whoever takes them. */
export const embedInto = <A>(
  opened: OpenedEngine,
  checkpoint: Checkpoint,
  path: string,
  pictures: PictureSource,
  speech: Speech,
  take: (rows: AsyncIterable<E.Either<Fault, EmbeddedRows>>) => TE.TaskEither<Fault, A>,
): TE.TaskEither<Fault, A> =>
  withNetwork(opened, checkpoint, path, pictures.count, ({ embedder: made, network }) => async () => {
    const bar = barOf("embedding", speech);
    async function* shown(): AsyncGenerator<E.Either<Fault, EmbeddedRows>> {
      for await (const rows of made.rows(network, pictures, allOf(pictures))) {
        if (E.isRight(rows)) bar.update(rows.right.to, pictures.count);
        yield rows;
      }
    }
    const result = await take(shown())();
    bar.stop();
    return result;
  });
