/** A cell of a grid trained by this process: its pictures and its engine opened, its run begun or gone on with, all closed again. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { fingerprintOf } from "../datasets/index.js";
import type { OpenedEngine } from "../engines/index.js";
import { begunIn, type Cell, cellFolder, finishedIn, type Outcome, type TrainCell } from "../experiments/index.js";
import { type Fault, failed } from "../faults/index.js";
import { type Performance, parseSettings, perform, type Settings } from "../runs/index.js";
import { openSources, type Sources } from "../store/index.js";
import { batchOf, type RunEvent } from "../train/index.js";
import { viewed, withEngine } from "./session.js";

/** Where cells are trained, and on what. */
export interface Workshop {
  readonly out: string;
  /** Of the data that the grid was made for. */
  readonly fingerprint: string;
  readonly stopped: () => boolean;
}

/** The settings of a cell's run in its own folder. */
export const cellSettings = (out: string, cell: Cell): E.Either<Fault, Settings> =>
  parseSettings(cell.row, { ...cell.settings, out: cellFolder(out, cell) });

/** The beginning of a fingerprint: nobody compares more. */
const beginning = (fingerprint: string): string => fingerprint.slice(0, 16);

/** The pictures of a cell; the grid's own first look has said what is to be said of them. `remedy`: what to do about other ones. */
export const cellSources = (settings: Settings, fingerprint: string, remedy = "run the command again"): TE.TaskEither<Fault, Sources> =>
  pipe(
    openSources({ ...viewed(settings), ...batchOf(settings) }),
    TE.chain((sources) => async () => {
      const own = fingerprintOf(sources.recorded);
      if (own === fingerprint) return E.right(sources);
      await sources.close();
      return E.left(
        failed(
          `the data are others than those that the grid began with: their fingerprint is ${beginning(own)}.., and the grid's ${beginning(fingerprint)}..`,
          { where: settings.data, remedy },
        ),
      );
    }),
  );

const shareOf = (event: RunEvent, { epochs, iterations }: Settings): number | undefined =>
  event.kind === "steps" ? (event.reports.at(-1)?.step ?? 0) / (epochs * iterations) : undefined;

const trained = (
  { engine }: OpenedEngine,
  settings: Settings,
  sources: Sources,
  cell: Cell,
  { out, fingerprint, stopped }: Workshop,
  onShare: (share: number, from: number) => void,
): TE.TaskEither<Fault, Outcome> => {
  const resume = begunIn(out, cell, fingerprint);
  const from = (resume?.record.step ?? 0) / (settings.epochs * settings.iterations);
  const onEvent = (event: RunEvent): void => {
    const share = shareOf(event, settings);
    if (share !== undefined) onShare(share, from);
  };
  // What lies there and cannot be gone on with is what a kill left before the first checkpoint.
  const watching: Performance = { onEvent, stopped, ...(resume === undefined ? { force: true } : { resume }) };
  return pipe(
    engine((opened) => perform(opened, { ...settings, ...sources.drawn }, sources, watching)),
    TE.chainEitherK(() =>
      E.fromNullable(failed("the run has ended, and its folder does not hold it", { where: settings.out }))(
        finishedIn(out, cell, fingerprint),
      ),
    ),
  );
};

/** Trains a cell on pictures that are open, and closes them. */
export const trainedOn =
  (
    workshop: Workshop,
    cell: Cell,
    settings: Settings,
    sources: Sources,
    onShare: (share: number, from: number) => void,
  ): TE.TaskEither<Fault, Outcome> =>
  async () => {
    try {
      return await withEngine(settings, { quiet: true }, (engine) => trained(engine, settings, sources, cell, workshop, onShare))();
    } finally {
      await sources.close();
    }
  };

export const cellTrainer =
  (workshop: Workshop): TrainCell =>
  (cell, onShare) =>
    pipe(
      TE.fromEither(cellSettings(workshop.out, cell)),
      TE.bindTo("settings"),
      TE.bind("sources", ({ settings }) => cellSources(settings, workshop.fingerprint)),
      TE.chain(({ settings, sources }) => trainedOn(workshop, cell, settings, sources, onShare)),
    );
