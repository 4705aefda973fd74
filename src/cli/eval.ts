/** `mdr eval`: how well a checkpoint retrieves. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { evaluatedParts } from "../datasets/index.js";
import { type ClassScores, classScores, type Spread, usualRates } from "../evaluate/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { addThresholds, type Calibrated, calibratedOn, folderOf, queriesIn, readThresholds, shownRanks } from "../runs/index.js";
import { recipeName } from "../train/index.js";
import { exitCodes, finish, inFlags } from "./finish.js";
import { type Judging, judgingPictures } from "./judging.js";
import { doubtsOf, ratesIn, thresholdTable } from "./meaning.js";
import { withSettings } from "./options.js";
import { percent, print, say, table } from "./output.js";
import { type Beside, type NetworkScores, outdone, remarksIn, scoredBeside, scoreNetwork, scoresTable, untrainedOf } from "./scores.js";
import { barOf, leftOutNote, type Speech, withEngine } from "./session.js";
import { type Flags, networkSettings, openEither, type Taken } from "./taken.js";

/** Scores of the checkpoint's network, and of what it is held against where that is asked for. */
const scored = (taken: Taken, pictures: Judging, flags: Flags, speech: Speech): TE.TaskEither<Fault, Result> => {
  const { path, checkpoint, settings } = taken;
  return withEngine(settings, speech, (engine) =>
    pipe(
      scoreNetwork(engine, checkpoint, path, settings, pictures, speech),
      TE.bindTo("network"),
      TE.bind("beside", () =>
        flags.baselines === true
          ? pipe(
              TE.fromEither(untrainedOf(checkpoint)),
              TE.chain((before) => scoreNetwork(engine, before, path, settings, pictures, speech)),
              TE.chain(({ scores }) => scoredBeside(settings, pictures, scores, speech)),
            )
          : TE.right(undefined),
      ),
      TE.bind("calibrated", ({ network }) => TE.fromEither(calibrated(taken, pictures, network, flags, speech))),
    ),
  );
};

/** Thresholds are a run's own, of classes that it did not learn. */
const calibratable = (flags: Flags): E.Either<Fault, void> => {
  if (flags.thresholds === undefined) return E.right(undefined);
  if (flags.weights !== undefined)
    return E.left(
      misused("thresholds are kept in a run's folder, and weights have none", { where: "{thresholds}", remedy: "leave it out" }),
    );
  return flags.all === true
    ? E.left(
        misused("thresholds are of classes that did not train: distances among those that did are other ones", {
          where: "{thresholds} {all}",
          remedy: "leave one of them out",
        }),
      )
    : E.map(() => undefined)(ratesIn(flags));
};

/** Rates that are asked for, or else the usual ones, beside those that the checkpoint's thresholds are for already. */
const ratesBeside = ({ checkpoint }: Taken, flags: Flags): E.Either<Fault, readonly number[]> =>
  pipe(
    ratesIn(flags),
    E.map((rates) => {
      const known = E.getOrElse((): readonly Calibrated[] => [])(readThresholds(folderOf(checkpoint)));
      const before = known.find(({ step }) => step === checkpoint.record.step)?.thresholds.map(({ rate }) => rate) ?? [];
      return [...new Set([...(rates ?? usualRates), ...before])].toSorted((a, b) => a - b);
    }),
  );

/** Finds the thresholds that are asked for, and keeps them in the run's folder. */
const calibrated = (
  taken: Taken,
  pictures: Judging,
  { judged }: NetworkScores,
  flags: Flags,
  speech: Speech,
): E.Either<Fault, Calibrated | undefined> => {
  const { checkpoint, path } = taken;
  if (flags.thresholds === undefined) return E.right(undefined);
  if (pictures.foreign)
    return E.left(
      misused("these are other data than the run's", { where: "{thresholds}", remedy: `have them found by the run's own: ${path}` }),
    );
  const { run, epoch, step } = checkpoint.record;
  const tested = pictures.part === "validation" ? "held-out classes" : pictures.trained === 0 ? "unseen classes" : "other pictures";
  const bar = barOf("calibrating", speech);
  const found = pipe(
    ratesBeside(taken, flags),
    E.chain((rates) => calibratedOn(judged, { epoch, step, tested }, { rates, onProgress: bar.update })),
    E.chainFirst((one) => addThresholds(folderOf(checkpoint), run, [one])),
  );
  bar.stop();
  return found;
};

interface Result {
  readonly network: NetworkScores;
  readonly beside: Beside | undefined;
  readonly calibrated: Calibrated | undefined;
}

const heldOutRemark = ({ part }: Judging): readonly string[] =>
  part === "validation"
    ? [inFlags(failed("scores of classes held out of training, to choose by: those of the test classes are told by {part} test"))]
    : [];
type Named = ClassScores & { readonly class: string };

/** The scores of each class of the queries, by its name. */
const classesOf = (settings: Taken["settings"], { query, classes }: Judging, { found }: NetworkScores): readonly Named[] =>
  classScores(found, query.labels, { ranks: shownRanks(settings), lone: settings.lone }).map((row) => ({
    class: classes[Number(row.label)] ?? "",
    ...row,
  }));

const classTable = (rows: readonly Named[]): string => {
  const names = Object.keys(rows[0]?.scores ?? {}).filter((name) => name !== "precision@1");
  return table([
    ["class", "pictures", ...names],
    ...rows.map((row) => [row.class, String(row.queries), ...names.map((name) => percent(row.scores[name]))]),
  ]);
};

const spreadLine = ({ intra, inter, ratio }: Spread): string =>
  `spread: ${intra.toPrecision(4)} within a class, ${inter.toPrecision(4)} between class centres, ratio ${ratio.toFixed(3)}`;

/** All of it as JSON, or as a table with what is to be said of it below. */
const written = (
  { checkpoint, settings }: Taken,
  pictures: Judging,
  { network, beside, calibrated: thresholds }: Result,
  flags: Flags,
): string => {
  const { scores } = network;
  const { record } = checkpoint;
  const json = flags.json === true;
  const classes = flags.perClass === true ? classesOf(settings, pictures, network) : undefined;
  const spread = flags.spread === true ? network.spread() : undefined;
  const better = beside === undefined ? undefined : outdone(scores, beside);
  const about = {
    checkpoint: checkpoint.file,
    method: recipeName(settings),
    epoch: checkpoint.record.epoch,
    pictures: pictures.query.count,
    classes: pictures.query.names.length,
    trainedClasses: pictures.trained,
    part: pictures.part,
    ...(pictures.leftOut.length === 0 ? {} : { leftOut: pictures.leftOut }),
    ...queriesIn(settings, pictures),
    remarks: [...remarksIn(settings, pictures), ...heldOutRemark(pictures), ...network.remarks, ...(better === undefined ? [] : [better])],
  };
  // Published weights are of no run.
  const what =
    record.run === "" && record.step === 0 ? `${checkpoint.file} (${settings.backbone})` : `${about.method}, epoch ${about.epoch}`;
  if (json)
    return JSON.stringify(
      {
        ...about,
        scores,
        ...(beside === undefined ? {} : { baselines: beside }),
        ...(spread === undefined ? {} : { spread }),
        ...(thresholds === undefined ? {} : { thresholds: { ...thresholds, remarks: doubtsOf(thresholds) } }),
        ...(classes === undefined ? {} : { perClass: classes.map(({ label: _, ...row }) => row) }),
      },
      null,
      2,
    );
  const seen = pictures.trained === 0 ? "" : `, ${pictures.trained} of which trained`;
  return [
    `${what}: ${about.pictures} pictures of ${about.classes} classes${seen}${leftOutNote(pictures)}`,
    scoresTable(scores, beside),
    ...(spread === undefined ? [] : [spreadLine(spread)]),
    ...(classes === undefined ? [] : [classTable(classes)]),
    ...(thresholds === undefined ? [] : [thresholdTable(thresholds)]),
    ...about.remarks,
  ].join("\n");
};

const evaluate = (path: string | undefined, flags: Flags): TE.TaskEither<Fault, void> => {
  const speech = { quiet: flags.json === true };
  // A setting of training has the name of the flag that asks for each class's scores.
  const { perClass: _, ...settings } = flags;
  return pipe(
    TE.fromEither(calibratable(flags)),
    TE.bind("taken", () => TE.fromEither(openEither(path, settings))),
    TE.bind("pictures", ({ taken }) => judgingPictures(taken, flags, speech)),
    TE.bind("result", ({ taken, pictures }) => async () => {
      const result = await scored(taken, pictures, flags, speech)();
      await pictures.close();
      return result;
    }),
    TE.chainIOK(({ taken, pictures, result }) => () => {
      print(written(taken, pictures, result, flags));
      if (!speech.quiet && result.beside === undefined) say("--baselines says what pixels, colours and chance would score");
    }),
  );
};

export const evalCommand = (program: Command): Command =>
  withSettings([
    ...[
      "data",
      "dataset",
      "features",
      "labels",
      "trainShare",
      "recall",
      "lone",
      "clusters",
      "cache",
      "maxPixels",
      "strict",
      "engine",
      "gpuMode",
    ],
    ...["weights", ...networkSettings],
  ])(
    program
      .command("eval [checkpoint]")
      .summary("Recall@K, R-precision and MAP@R of a checkpoint on the classes it never saw")
      .description(
        "Evaluates a run's folder (its last epoch), a best.json, a last.json or a .safetensors file; or, with --weights and the settings that describe it, a published network.",
      )
      .option(
        "--part <part>",
        `${evaluatedParts.join(" | ")}: of a run with --validate, what it held out, which is the default, or the test classes`,
      )
      .option("--all", "on every class of --data, those that trained too")
      .option("--baselines", "beside the network before training, 12 x 12 pixels, a colour histogram and chance")
      .option("--per-class", "the scores of each class too")
      .option("--spread", "how far pictures of one class lie apart, and how far the centres of the classes")
      .option(
        "--thresholds [rates]",
        "find within which distance at most these shares of the pairs of different classes lie, and keep it in the run's folder [0.001,0.01,0.05]",
      )
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr eval runs/demo/triplet-mdr\n  mdr eval runs/demo/triplet-mdr --baselines --clusters\n  mdr eval runs/demo/triplet-mdr --per-class --spread\n  mdr eval runs/demo/triplet-mdr --thresholds 0.0001,0.01\n  mdr eval runs/demo/triplet-mdr/best.json --json\n  mdr eval runs/demo/triplet-mdr --data photos --all\n  mdr eval runs/cub/best.json --part test\n  mdr eval --weights resnet18.pth --backbone resnet18 --embedding 512 --image-size 224 --data photos\n${exitCodes}`,
    )
    .action((path: string | undefined, flags: Flags) => finish(evaluate(path, flags)));
