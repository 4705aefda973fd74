/** `mdr report`: one page about runs, from what their folders hold and what their networks make of their pictures; or a demo's picture. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { histogramRange } from "../evaluate/index.js";
import { type Fault, failed, inWords, misused } from "../faults/index.js";
import { readRecord, writeWhole } from "../files/index.js";
import { figure, figureFiles, type HistogramSnapshot } from "../report/index.js";
import { demoRecord, type Metrics, readMetrics, reportFile, resultsFile, runFile } from "../runs/index.js";
import type { Embedded, Evaluation } from "../train/index.js";
import { exitCodes, finish } from "./finish.js";
import { type Judging, judgingPictures } from "./judging.js";
import { withSettings } from "./options.js";
import { print, say, warn } from "./output.js";
import { type Gathered, gathered, type Page, pageFrom, type Shown, shownOf } from "./pages.js";
import { embedWith, type Speech, withEngine } from "./session.js";
import { type Flags, openCheckpoint, type Taken } from "./taken.js";

const snapshotsOf = ({ lines }: Metrics): readonly HistogramSnapshot[] =>
  lines.flatMap((line) => {
    const { histogram, levels, epoch } = line as { histogram?: { shares?: readonly number[] }; levels?: readonly number[]; epoch?: number };
    return histogram?.shares === undefined || levels === undefined || epoch === undefined
      ? []
      : [{ epoch, shares: histogram.shares, levels }];
  });

/** A demo's picture: Recall@1 before and after of its methods, and the distances of Triplet + MDR. */
const drawn = (folder: string, to: string): E.Either<Fault, void> => {
  const read = readRecord(resultsFile(folder), demoRecord);
  if (E.isLeft(read)) return E.left(failed(read.left.what, { where: read.left.where, remedy: "give the folder of `mdr demo`" }));
  const { methods, engine, seconds } = read.right;
  const metrics = readMetrics(join(folder, "triplet-mdr"));
  for (const problem of metrics.problems) warn(`the metrics of triplet-mdr: ${problem}`);
  const svg = figure({
    methods,
    snapshots: snapshotsOf(metrics),
    range: histogramRange,
    caption: [
      "Distances of pictures of the training classes, in deviations from their own mean.",
      `Made by \`mdr report\` from \`mdr demo\`: engine ${engine}, ${seconds.toFixed(0)} s in all.`,
    ],
  });
  const written = writeWhole(to, svg);
  if (E.isLeft(written)) return written;
  print(`wrote ${to}`);
  return E.right(undefined);
};

/** A run's own folder or checkpoint; of a folder of runs, such as a demo's, those in it, by name. */
const runsIn = (path: string): E.Either<Fault, readonly string[]> =>
  E.tryCatch(
    () => {
      if (existsSync(runFile(path)) || !existsSync(path) || /\.(?:json|safetensors)$/.test(path)) return [path];
      const below = readdirSync(path)
        .sort()
        .map((name) => join(path, name))
        .filter((one) => existsSync(runFile(one)));
      return below.length === 0 ? [path] : below;
    },
    (thrown) => failed(inWords(thrown, "reading"), { where: path }),
  );

/** The pictures of how many runs are looked at: a page stays small enough to send. */
const mostShown = 6;

const embedded = ({ path, checkpoint, settings }: Taken, { query, gallery }: Judging, speech: Speech): TE.TaskEither<Fault, Evaluation> =>
  withEngine(settings, speech, (engine) => {
    const side = (source: Judging["query"]): TE.TaskEither<Fault, Embedded> =>
      pipe(
        embedWith(engine, checkpoint, path, source, speech),
        TE.map((embeddings) => ({ embeddings, labels: source.labels })),
      );
    return pipe(
      TE.Do,
      TE.bind("queries", () => side(query)),
      TE.bind("gallery", () => (gallery === undefined ? TE.right(undefined) : side(gallery))),
    );
  });

/** The pictures of a run as its network sees them; left where they are gone. */
const shown = (taken: Taken, speech: Speech): TE.TaskEither<Fault, Shown> =>
  pipe(
    judgingPictures(taken, {}, speech),
    TE.chain((pictures) => async () => {
      const result = await pipe(
        embedded(taken, pictures, speech),
        TE.chain((evaluation) => shownOf(taken.settings, pictures, evaluation)),
      )();
      await pictures.close();
      return result;
    }),
  );

const notAsked = failed("only its numbers were asked for");
const tooMany = failed(`those of the first ${mostShown} runs are`);

const gatheredFrom =
  ({ out: _, ...flags }: Flags, speech: Speech) =>
  (path: string, number: number): TE.TaskEither<Fault, Gathered> =>
    pipe(
      TE.fromEither(openCheckpoint(path, flags)),
      TE.bindTo("taken"),
      TE.bind("seen", ({ taken }): TE.TaskEither<Fault, E.Either<Fault, Shown>> => {
        if (flags.pictures === false) return TE.right(E.left(notAsked));
        if (number < mostShown) say(`looking at the pictures of ${path}`);
        return number < mostShown ? TE.fromTask(shown(taken, speech)) : TE.right(E.left(tooMany));
      }),
      TE.map(({ taken, seen }) => gathered(path, taken.checkpoint, seen)),
    );

/** Where the page goes, unless it is said: to the runs, where they are in one place. */
const placeOf = (asked: readonly string[], { out }: Flags): E.Either<Fault, string> => {
  const [first = "", ...others] = asked;
  if (typeof out === "string") return E.right(out);
  return others.length > 0 || /\.(?:json|safetensors)$/.test(first)
    ? E.left(
        misused("a page about several runs, or about one checkpoint, lies in none of their folders", {
          remedy: "say where it is to go: {out} compare.html",
        }),
      )
    : E.right(reportFile(first));
};

const written = ({ report, html }: Page, out: string, { figures }: Flags): E.Either<Fault, readonly string[]> =>
  pipe(
    [
      { path: out, text: html },
      ...(typeof figures === "string" ? figureFiles(report).map(({ name, svg }) => ({ path: join(figures, name), text: svg })) : []),
    ],
    E.traverseArray(({ path, text }) => writeWhole(path, text)),
  );

const reported = (asked: readonly string[], flags: Flags): TE.TaskEither<Fault, void> => {
  const speech = { quiet: false };
  return pipe(
    TE.fromEither(placeOf(asked, flags)),
    TE.bindTo("out"),
    TE.bind("paths", () => TE.fromEither(pipe(asked, E.traverseArray(runsIn)))),
    TE.bind("runs", ({ paths }) =>
      TE.traverseSeqArray((run: readonly [string, number]) => gatheredFrom(flags, speech)(...run))(
        paths.flat().map((path, number) => [path, number] as const),
      ),
    ),
    TE.chainEitherK(({ out, runs }) => written(pageFrom(runs), out, flags)),
    TE.chainIOK((files) => () => {
      for (const file of files) print(`wrote ${file}`);
    }),
  );
};

export const reportCommand = (program: Command): Command =>
  withSettings(["data", "dataset", "features", "labels", "cache", "engine", "gpuMode"])(
    program
      .command("report [run...]")
      .summary("one page about a run, or about several side by side")
      .description(
        "Writes a page that opens from the disk: learning curves, distances and levels epoch by epoch, a map of pictures never seen, what is found and what is taken for what. Of several runs those that differ in their seed alone are taken together. A folder of runs stands for all of them.",
      )
      .option("--out <file>", "the page [report.html in the run's folder]")
      .option("--figures <folder>", "write its figures there too, each as an SVG file")
      .option("--no-pictures", "leave out what needs the pictures of the run")
      .option("--to <file>", "draw a demo's recall and distance histograms as one SVG file instead"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr report runs/photos\n  mdr report runs/seed1 runs/seed2 runs/seed3 --out seeds.html --figures figures\n  mdr report runs/demo\n  mdr report runs/demo --to docs/demo.svg\n${exitCodes}`,
    )
    .action((given: readonly string[], flags: Flags) => {
      const asked = given.length === 0 ? ["runs/demo"] : given;
      const { to } = flags;
      return finish(typeof to === "string" ? async () => drawn(asked[0] ?? "", to) : reported(asked, flags));
    });
