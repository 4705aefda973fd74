/** `mdr train`: one run, as a config file and flags say. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../faults/index.js";
import { writeWhole } from "../files/index.js";
import { loadCheckpoint, type Settings, settingNames } from "../runs/index.js";
import { type RunResult, recipeName } from "../train/index.js";
import { recallTable } from "./demo.js";
import { exitCodes, finish } from "./finish.js";
import { settingsFrom, withSettings } from "./options.js";
import { print, say } from "./output.js";
import { countsLine, loadSources, trainOn, withEngine } from "./session.js";

/** What `results.json` holds: final and best epoch, each under its name. */
const resultsOf = (settings: Settings, result: RunResult): string =>
  JSON.stringify(
    {
      method: recipeName(settings),
      before: result.before,
      final: { epoch: result.epochs, ...result.final },
      best: { epoch: result.bestEpoch, ...result.best },
      seconds: result.seconds,
      imagesPerSecond: result.imagesPerSecond,
      settings,
    },
    null,
    2,
  );

const run = async (flags: Readonly<Record<string, unknown>>): Promise<E.Either<Fault, void>> => {
  const speech = { quiet: flags.json === true };
  const folder = flags.resume;
  const resumed = typeof folder === "string" ? loadCheckpoint(folder) : undefined;
  if (resumed !== undefined && E.isLeft(resumed)) return resumed;
  const resume = resumed?.right;
  const settings = settingsFrom(flags, resume?.record.settings);
  if (E.isLeft(settings)) return settings;
  const pictures = await loadSources(settings.right, speech)();
  if (E.isLeft(pictures)) return pictures;
  if (!speech.quiet) say(countsLine(pictures.right));
  const result = await withEngine(settings.right, speech, (engine) => async () => {
    const result = await trainOn(engine, settings.right, pictures.right, resume === undefined ? speech : { ...speech, resume })();
    if (E.isLeft(result)) return result;
    const text = resultsOf(settings.right, result.right);
    const written = writeWhole(`${settings.right.out}/results.json`, `${text}\n`);
    if (E.isLeft(written)) return written;
    if (speech.quiet) print(text);
    else {
      print(`\n${recallTable({ [recipeName(settings.right)]: result.right }, settings.right.recall)}\n`);
      say(`${result.right.seconds.toFixed(0)} s; checkpoints, metrics.jsonl and results.json are in ${settings.right.out}`);
    }
    return E.right(undefined);
  })();
  await pictures.right.close();
  return result;
};

export const trainCommand = (program: Command): Command =>
  withSettings(settingNames)(
    program
      .command("train")
      .summary("train an embedding on a folder of class folders")
      .description("Trains on the first classes of a folder and evaluates after each epoch on the others, which are never trained on.")
      .option("--config <file>", "JSON file of settings, by the names of these flags in camelCase; flags win over it")
      .option("--resume <run>", "go on from a run's folder or checkpoint, with its settings unless given anew")
      .option("--json", "print the results as JSON and nothing else"),
  )
    .addHelpText(
      "after",
      `
Writes into --out: metrics.jsonl (a line a step and a line an epoch), last.json and best.json with their .safetensors,
results.json. The best epoch is chosen on the test classes, as the paper reports it; the final epoch is the honest figure.

Examples:
  mdr train --data photos --out runs/photos --epochs 20
  mdr train --config my.json --method triplet-l2 --seed 7
  mdr train --resume runs/photos --epochs 40
  mdr train --levels=-2,0,2 --lambda 0.6
${exitCodes}`,
    )
    .action((flags: Readonly<Record<string, unknown>>) => finish(() => run(flags)));
