/** `mdr clean`: pictures whose neighbours disagree with their label. */
import { join } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { matchesOf, type Suspect, suspectsOf } from "../evaluate/index.js";
import type { Fault } from "../faults/index.js";
import { backbones } from "../nn/index.js";
import { exitCodes, finish } from "./finish.js";
import { type Judging, judgingPictures } from "./judging.js";
import { countIn, withSettings } from "./options.js";
import { runFirst } from "./order.js";
import { percent, print, table } from "./output.js";
import { barOf, leftOutNote } from "./session.js";
import { embeddingsOf, type Flags, openCheckpoint, type Taken } from "./taken.js";

/** The run, and FOLDER as its data: of a run over vectors a file of them. */
const onData = (folder: string, path: string, flags: Flags): E.Either<Fault, Taken> =>
  pipe(
    openCheckpoint(path, flags),
    E.map((taken) => {
      const takes = backbones[taken.settings.backbone].takes;
      return { ...taken, settings: { ...taken.settings, ...(takes === "vectors" ? { features: folder } : { data: folder }) } };
    }),
  );

interface Named extends Omit<Suspect, "row" | "suggested"> {
  readonly file: string;
  readonly label: string;
  readonly suggested: string;
}

const namedIn =
  ({ settings }: Taken, { query, classes }: Judging) =>
  ({ row, suggested, ...rest }: Suspect): Named => {
    const file = query.files[row] ?? "";
    return {
      file: settings.features === "" ? join(settings.data, file) : file,
      label: classes[query.labels[row] ?? 0] ?? "",
      suggested: classes[Number(suggested)] ?? "",
      ...rest,
    };
  };

/** More weight speaks for another label than for its own. */
const isDisagreed = ({ suspicion, share }: Pick<Suspect, "suspicion" | "share">): boolean => share > 1 - suspicion;

const told = (suspects: readonly Named[], pictures: Judging, judged: number, count: number): string => {
  const disagreed = suspects.filter(isDisagreed);
  const shown = disagreed.slice(0, count);
  return [
    ...(shown.length === 0
      ? []
      : [
          table([
            ["most suspicious first", "label", "speak for it", "neighbours say", "share"],
            ...shown.map(({ file, label, suspicion, suggested, share }) => [
              file,
              label,
              percent(1 - suspicion),
              suggested,
              percent(share),
            ]),
          ]),
        ]),
    `${disagreed.length} of ${judged} pictures have neighbours that speak for another label${shown.length < disagreed.length ? `; more of them by --count ${disagreed.length}` : ""}${leftOutNote(pictures)}`,
    ...(judged === pictures.query.count
      ? []
      : [`${pictures.query.count - judged} picture(s) are alone in their class: nothing speaks for or against them`]),
    ...(pictures.trained === 0
      ? []
      : [
          `${pictures.trained} of the classes trained this network, which learned their labels as they are: a wrong one among them may not show`,
        ]),
  ].join("\n");
};

const clean = (folder: string, path: string, flags: Flags): TE.TaskEither<Fault, void> => {
  const speech = { quiet: flags.json === true };
  return pipe(
    TE.Do,
    TE.bind("count", () => TE.fromEither(countIn(flags, "count", 20))),
    TE.bind("neighbours", () => TE.fromEither(countIn(flags, "neighbours", 10))),
    TE.bind("taken", () => TE.fromEither(onData(folder, path, flags))),
    TE.bind("pictures", ({ taken }) => judgingPictures(taken, { ...flags, all: true }, speech)),
    TE.bind("embeddings", ({ taken, pictures }) => async () => {
      const embeddings = await embeddingsOf(taken, pictures.query, speech)();
      await pictures.close();
      return embeddings;
    }),
    TE.chainIOK(({ count, neighbours, taken, pictures, embeddings }) => () => {
      const bar = barOf("comparing", speech);
      const { labels } = pictures.query;
      const suspects = suspectsOf(embeddings, labels, { neighbours, onProgress: bar.update }).map(namedIn(taken, pictures));
      bar.stop();
      const judged = matchesOf(labels).filter((matches) => matches > 0).length;
      const { trained: trainedClasses, leftOut } = pictures;
      print(
        speech.quiet
          ? JSON.stringify(
              { folder, pictures: labels.length, judged, trainedClasses, suspects, ...(leftOut.length === 0 ? {} : { leftOut }) },
              null,
              2,
            )
          : told(suspects, pictures, judged, count),
      );
    }),
  );
};

export const cleanCommand = (program: Command): Command =>
  withSettings(["dataset", "labels", "cache", "maxPixels", "strict", "engine", "gpuMode"])(
    program
      .command("clean <folder> <checkpoint>")
      .summary("pictures that may have the wrong label, most suspicious first")
      .description(
        "Holds the label of each picture of a folder of class folders against those of its nearest neighbours in a run's embedding, and lists those that disagree, with the label that the neighbours have. Nothing is changed. The run may stand first, as with `mdr index`.",
      )
      .option("--count <n>", "how many are listed; JSON has all of whom some neighbour disagrees [20]")
      .option("--neighbours <n>", "how many neighbours are asked, fewer in smaller classes [10]")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr clean photos runs/photos\n  mdr clean photos runs/photos --neighbours 5 --json\n  mdr clean photos.npy runs/vectors --labels photos.labels.csv\n${exitCodes}`,
    )
    .action((first: string, second: string, flags: Flags) => {
      const [run, folder] = runFirst(second, first);
      return finish(clean(folder, run, flags));
    });
