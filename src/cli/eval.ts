/** `mdr eval`: how well a checkpoint retrieves. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import { type Settings, scoreWith } from "../runs/index.js";
import { openEverything, type Sources } from "../store/index.js";
import { recipeName } from "../train/index.js";
import { exitCodes, finish } from "./finish.js";
import { withSettings } from "./options.js";
import { percent, print, table } from "./output.js";
import { barOf, loadSources, type Speech, viewed } from "./session.js";
import { embeddingsOf, type Flags, openCheckpoint } from "./taken.js";

/** Queries, and a gallery where they have one of their own. */
const evaluated = (
  settings: Settings,
  flags: Flags,
  speech: Speech,
): TE.TaskEither<Fault, Pick<Sources, "query" | "gallery" | "close">> => {
  if (flags.all !== true) return loadSources(settings, speech);
  const bar = barOf("decoding", speech);
  return pipe(
    openEverything(viewed(settings), { onProgress: ({ done, total }) => bar.update(done, total) }),
    TE.map((all) => {
      bar.stop();
      return { query: all, close: all.close };
    }),
  );
};

const evaluate = async (path: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const speech = { quiet: flags.json === true };
  const taken = openCheckpoint(path, flags);
  if (E.isLeft(taken)) return taken;
  const { settings, checkpoint } = taken.right;
  const pictures = await evaluated(settings, flags, speech)();
  if (E.isLeft(pictures)) return pictures;
  const { query, gallery, close } = pictures.right;
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
    checkpoint: path,
    method: recipeName(settings),
    epoch: checkpoint.record.epoch,
    pictures: query.count,
    classes: query.names.length,
  };
  print(
    speech.quiet
      ? JSON.stringify({ ...about, scores }, null, 2)
      : `${about.method}, epoch ${about.epoch}: ${about.pictures} pictures of ${about.classes} classes\n${table(Object.entries(scores).map(([name, share]) => [name, percent(share)]))}`,
  );
  return E.right(undefined);
};

export const evalCommand = (program: Command): Command =>
  withSettings(["data", "dataset", "trainShare", "recall", "cache", "engine", "gpuMode"])(
    program
      .command("eval <checkpoint>")
      .summary("Recall@K, MAP@R and NMI of a checkpoint on the classes it never saw")
      .description("Evaluates a run's folder (its last epoch), a best.json, a last.json or a .safetensors file.")
      .option("--all", "on every class of --data, not only the half that tests")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr eval runs/demo/triplet-mdr\n  mdr eval runs/demo/triplet-mdr/best.json --json\n  mdr eval runs/demo/triplet-mdr --data photos --all\n${exitCodes}`,
    )
    .action((path: string, flags: Flags) => finish(() => evaluate(path, flags)));
