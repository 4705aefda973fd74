/** `mdr train`: one run, as a config file and flags say. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import { backboneFields } from "../nn/index.js";
import {
  addBaselines,
  type FoundCheckpoint,
  folderOf,
  type Known,
  knownOf,
  loadCheckpoint,
  networkSaid,
  parseSettings,
  type RunResults,
  readResults,
  refusal,
  resultIn,
  resultsText,
  resumedSettings,
  type Settings,
  settingNames,
} from "../runs/index.js";
import type { Sources } from "../store/index.js";
import type { Scores } from "../train/index.js";
import { recallTable } from "./demo.js";
import { exitCodes, finish } from "./finish.js";
import { givenSettings, settingsFrom, withSettings } from "./options.js";
import { print, say } from "./output.js";
import { type Beside, outdone, remarksIn, scoredBeside, scoresTable } from "./scores.js";
import { countsLine, leftOutNote, loadSources, note, type Speech, trainOn, withEngine, worthStreaming } from "./session.js";

type Flags = Readonly<Record<string, unknown>>;

/** What is trained: anew, or from where a run's last checkpoint that is whole has got. */
interface Begun {
  readonly settings: Settings;
  readonly resume?: FoundCheckpoint;
  readonly known?: Known;
}

/** A run that goes on keeps its settings, and lies where its checkpoint does unless it is given another place. */
const takenUp = (path: string, flags: Flags): E.Either<Fault, Begun> =>
  pipe(
    E.Do,
    E.bind("resume", () => loadCheckpoint(path)),
    E.bind("known", ({ resume }) => knownOf(resume)),
    E.bind("given", () => givenSettings(flags)),
    E.bind("merged", ({ resume, given }) => resumedSettings(resume.record.settings, { out: folderOf(resume), ...given })),
    E.bind("settings", ({ merged }) => parseSettings("command line", merged)),
  );

/** What the weights say of their own network holds where nothing else is given. */
const anew = (flags: Flags): E.Either<Fault, Begun> =>
  pipe(
    givenSettings(flags),
    E.map(({ weights }) => (typeof weights === "string" ? networkSaid(weights, [...Object.keys(backboneFields), "imageSize"]) : {})),
    E.chain((base) => settingsFrom(flags, base)),
    E.chainFirst(({ out }) => {
      const refused = refusal(out, flags.force === true);
      return refused === undefined ? E.right(undefined) : E.left(refused);
    }),
    E.map((settings) => ({ settings })),
  );

/** The results for people: scores before and after, what they are held against, what a reader should know. */
const told = (settings: Settings, pictures: Sources, results: RunResults): readonly string[] => {
  const { final } = resultIn(results);
  const beside = results.baselines as Beside | undefined;
  return [
    `\n${recallTable({ [results.method]: resultIn(results) }, settings.recall, results.tested)}\n`,
    ...(beside === undefined ? [] : [`${[scoresTable(final, beside), outdone(final, beside) ?? ""].join("\n").trimEnd()}\n`]),
    ...remarksIn(settings, pictures),
  ];
};

/** A run that has been trained, and its pictures, which are still open. */
interface Trained {
  readonly settings: Settings;
  readonly pictures: Sources;
  readonly before: Scores;
}

type Manner = Speech & { readonly force: boolean; readonly report: boolean; readonly streamFrom: number | undefined };

/** Trains from the pictures' opening to the last of them; they are closed where that fails. */
const trainedAs = async ({ settings: asked, known, resume }: Begun, manner: Manner): Promise<E.Either<Fault, Trained>> => {
  const { quiet, force, report, streamFrom } = manner;
  const opened = await loadSources(asked, { quiet }, known, streamFrom)();
  if (E.isLeft(opened)) return opened;
  const pictures = opened.right;
  const settings: Settings = { ...asked, ...pictures.drawn };
  if (!quiet) {
    say(countsLine(pictures, settings));
    if (pictures.rest.count > 0) say(`${pictures.rest.count} of them are decoded while others are used`);
  }
  const training = { quiet, force, report, ...(resume === undefined ? {} : { resume }) };
  const trained = await pipe(
    withEngine(settings, { quiet }, (engine) => trainOn(engine, settings, pictures, training)),
    TE.chainFirst(() => TE.map(note)(pictures.rest.done)),
  )();
  if (E.isLeft(trained)) {
    await pictures.close();
    return trained;
  }
  return E.right({ settings, pictures, before: trained.right.before });
};

/**
 * Most pictures are found to be of no use before training begins. Where one shows only while it is decoded, a run that has just begun
 * begins again when all are decoded: it comes to what it would have come to had it waited.
 */
const trained = async (begun: Begun, manner: Omit<Manner, "streamFrom">): Promise<E.Either<Fault, Trained>> => {
  const first = await trainedAs(begun, { ...manner, streamFrom: worthStreaming });
  if (E.isRight(first) || first.left.kind !== "spoilt" || begun.resume !== undefined) return first;
  note([`${first.left.where}: ${first.left.what}; training begins again without it, once all pictures are decoded`]);
  return trainedAs(begun, { ...manner, force: true, streamFrom: undefined });
};

const run = async (flags: Flags): Promise<E.Either<Fault, void>> => {
  const speech = { quiet: flags.json === true };
  const begun = typeof flags.resume === "string" ? takenUp(flags.resume, flags) : anew(flags);
  if (E.isLeft(begun)) return begun;
  const { settings: wished, resume } = begun.right;
  if (resume !== undefined && resume.record.epoch >= wished.epochs)
    note([`all ${wished.epochs} epochs are trained already: --epochs ${2 * wished.epochs} would go on`]);
  const made = await trained(begun.right, { ...speech, force: flags.force === true, report: flags.report !== false });
  if (E.isLeft(made)) return made;
  const { settings, pictures, before } = made.right;
  const results = await pipe(
    flags.baselines === true ? scoredBeside(settings, pictures, before, speech) : TE.of<Fault, Beside | undefined>(undefined),
    TE.chainEitherK((beside) => (beside === undefined ? readResults(settings.out) : addBaselines(settings.out, beside))),
  )();
  await pictures.close();
  if (E.isLeft(results)) return results;
  const { seconds } = results.right;
  for (const line of speech.quiet ? [resultsText(results.right)] : told(settings, pictures, results.right)) print(line);
  if (!speech.quiet)
    say(`${seconds.toFixed(0)} s; checkpoints, metrics.jsonl and results.json are in ${settings.out}${leftOutNote(pictures)}`);
  return E.right(undefined);
};

export const trainCommand = (program: Command): Command =>
  withSettings(settingNames)(
    program
      .command("train")
      .summary("train an embedding on a folder of class folders, or over vectors that another network made")
      .description("Trains on the first classes of a folder and evaluates after each epoch on the others, which are never trained on.")
      .option("--config <file>", "JSON file of settings, by the names of these flags in camelCase; flags win over it")
      .option("--resume <run>", "go on from a run's folder or checkpoint, with its settings and its pictures")
      .option("--force", "begin anew where --out holds another run, whose files are removed")
      .option("--baselines", "at the end say what the network before training, 12 x 12 pixels, a colour histogram and chance score")
      .option("--no-report", "write no report.html at the end")
      .option("--json", "print the results as JSON and nothing else"),
  )
    .addHelpText(
      "after",
      `
Writes into --out: metrics.jsonl (a line a step and a line an epoch), last.json and best.json with their .safetensors,
results.json, card.md and report.html, the page that \`mdr report\` makes. The best epoch is chosen on the test classes, as the paper reports it; the final epoch is the honest figure.
With --validate it is chosen on training classes held out, and \`mdr eval RUN/best.json --part test\` then scores the test classes.

Examples:
  mdr train --data photos --out runs/photos --epochs 20
  mdr train --config my.json --method triplet-l2 --seed 7
  mdr train --resume runs/photos --epochs 40
  mdr train --levels=-2,0,2 --lambda 0.6
  mdr train --dataset cub200 --data data --validate --out runs/cub
  mdr train --features vectors.npy --labels labels.csv --lambda 0.6 --learning-rate 1e-3
${exitCodes}`,
    )
    .action((flags: Readonly<Record<string, unknown>>) => finish(() => run(flags)));
