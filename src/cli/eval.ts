/** `mdr eval`: how well a checkpoint retrieves. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { describeDataset } from "../datasets/index.js";
import { type Fault, misused } from "../faults/index.js";
import { howManyTrained, judgedData, type Known, knownOf, type Settings, scoreWith, selected } from "../runs/index.js";
import { openEverything, openUnseenDescribed, type Unseen, type Without } from "../store/index.js";
import { recipeName } from "../train/index.js";
import { exitCodes, finish } from "./finish.js";
import { withSettings } from "./options.js";
import { percent, print, table } from "./output.js";
import { hashIn, leftOutNote, note, opening, type Speech, viewed } from "./session.js";
import { embeddingsOf, type Flags, openCheckpoint, type Taken } from "./taken.js";

/** Queries, a gallery where they have one of their own, and how many of their classes trained. */
interface Evaluated extends Pick<Unseen, "query" | "gallery" | "leftOut" | "close"> {
  readonly trained: number;
}

/** Every class of the data, whether it trained or not. */
const everything = (settings: Settings, known: Known, speech: Speech): TE.TaskEither<Fault, Evaluated> =>
  pipe(
    opening((options) => openEverything(viewed(settings), options), speech),
    TE.map((all) => ({ query: all, trained: howManyTrained(known, all.names), leftOut: all.leftOut, close: all.close })),
  );

const ownDivision = ({ trainShare }: Flags, own: boolean): E.Either<Fault, void> =>
  own && trainShare !== undefined
    ? E.left(
        misused("the run has its own division into classes that train and classes that test: it cannot be made anew", {
          where: "{trainShare}",
          remedy: "leave it out, or judge by every class with {all}",
        }),
      )
    : E.right(undefined);

/** What did not train: by the run's own division where these are its data. */
const unseen = (settings: Settings, known: Known, flags: Flags, speech: Speech): TE.TaskEither<Fault, Evaluated> =>
  pipe(
    TE.fromEither(describeDataset({ ...settings })),
    TE.map((now) => judgedData(known, now, hashIn(now.root))),
    TE.chainFirst(({ own }) => TE.fromEither(ownDivision(flags, own))),
    TE.chain(({ description, notes, own }) => {
      note(notes);
      const without: Without = (recorded) =>
        pipe(
          selected(known, own, recorded),
          E.map((selection) => {
            note(selection.notes);
            return selection.leftOut;
          }),
        );
      return pipe(
        opening((options) => openUnseenDescribed(description, viewed(settings), options, without), speech),
        TE.map((sources) => ({ ...sources, trained: own ? howManyTrained(known, sources.query.names) : 0 })),
      );
    }),
  );

const evaluated = ({ settings, checkpoint }: Taken, flags: Flags, speech: Speech): TE.TaskEither<Fault, Evaluated> =>
  pipe(
    TE.fromEither(knownOf(checkpoint)),
    TE.chain((known) => (flags.all === true ? everything(settings, known, speech) : unseen(settings, known, flags, speech))),
  );

const evaluate = async (path: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const speech = { quiet: flags.json === true };
  const taken = openCheckpoint(path, flags);
  if (E.isLeft(taken)) return taken;
  const { settings, checkpoint } = taken.right;
  const pictures = await evaluated(taken.right, flags, speech)();
  if (E.isLeft(pictures)) return pictures;
  const { query, gallery, trained, leftOut, close } = pictures.right;
  const queries = await embeddingsOf(taken.right, query, speech)();
  const others = gallery === undefined || E.isLeft(queries) ? queries : await embeddingsOf(taken.right, gallery, speech)();
  await close();
  if (E.isLeft(queries)) return queries;
  if (E.isLeft(others)) return others;
  const scores = scoreWith(settings)(
    { embeddings: queries.right, labels: query.labels },
    gallery === undefined ? undefined : { embeddings: others.right, labels: gallery.labels },
  );
  const about = {
    checkpoint: checkpoint.file,
    method: recipeName(settings),
    epoch: checkpoint.record.epoch,
    pictures: query.count,
    classes: query.names.length,
    trainedClasses: trained,
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
  const seen = trained === 0 ? "" : `, ${trained} of which trained`;
  print(
    speech.quiet
      ? JSON.stringify({ ...about, scores }, null, 2)
      : `${about.method}, epoch ${about.epoch}: ${about.pictures} pictures of ${about.classes} classes${seen}${leftOutNote(pictures.right)}\n${table(Object.entries(scores).map(([name, share]) => [name, percent(share)]))}`,
  );
  return E.right(undefined);
};

export const evalCommand = (program: Command): Command =>
  withSettings(["data", "dataset", "trainShare", "recall", "cache", "engine", "gpuMode"])(
    program
      .command("eval <checkpoint>")
      .summary("Recall@K, MAP@R and NMI of a checkpoint on the classes it never saw")
      .description("Evaluates a run's folder (its last epoch), a best.json, a last.json or a .safetensors file.")
      .option("--all", "on every class of --data, those that trained too")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr eval runs/demo/triplet-mdr\n  mdr eval runs/demo/triplet-mdr/best.json --json\n  mdr eval runs/demo/triplet-mdr --data photos --all\n${exitCodes}`,
    )
    .action((path: string, flags: Flags) => finish(() => evaluate(path, flags)));
