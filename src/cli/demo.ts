/** `mdr demo`, which is `npm start`: from nothing to trained embeddings that retrieve classes never seen. */
import { join } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { defaultDrawing, fingerprintOf, testedOf } from "../datasets/index.js";
import type { OpenedEngine } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { recordText, writeWhole } from "../files/index.js";
import {
  defaults,
  demoRecord,
  type FoundCheckpoint,
  loadCheckpoint,
  queriesIn,
  readResults,
  resultIn,
  resultsFile,
  type Settings,
} from "../runs/index.js";
import type { Sources } from "../store/index.js";
import { type Method, methods, type RunResult, recipeName } from "../train/index.js";
import { makeData } from "./data.js";
import { exitCodes, finish } from "./finish.js";
import { givenFlags, settingsFrom, withSettings } from "./options.js";
import { percent, print, say, table } from "./output.js";
import { remarksIn } from "./scores.js";
import { countsLine, loadSources, trainOn, withEngine } from "./session.js";

const methodNames = Object.keys(methods) as readonly Method[];
type Results = Readonly<Record<string, RunResult>>;

/** Recall@K, before and after, a row a method; `tested` says what it is of. */
export const recallTable = (results: Results, ranks: readonly number[], tested: string): string => {
  const entries = Object.entries(results);
  const clusters = entries.some(([, { final }]) => final.nmi !== undefined);
  return table([
    [tested, ...ranks.map((rank) => `R@${rank}`), "MAP@R", ...(clusters ? ["NMI"] : []), "images/s"],
    ...entries.flatMap(([method, { before, final, best, bestEpoch, epochs, imagesPerSecond }]) => {
      const row = (scores: RunResult["final"]) =>
        [...ranks.map((rank) => `recall@${rank}`), "map@r", ...(clusters ? ["nmi"] : [])].map((name) => percent(scores[name]));
      return [
        [`${method}, before`, ...row(before), ""],
        [`${method}, final (epoch ${epochs})`, ...row(final), imagesPerSecond.toFixed(0)],
        ...(bestEpoch === epochs ? [] : [[`${method}, best (epoch ${bestEpoch})`, ...row(best), ""]]),
      ];
    }),
  ]);
};

type Speaking = { readonly quiet: boolean; readonly force: boolean; readonly report: boolean };

/** Whether a run was made by these very settings. */
const sameRun = (a: Readonly<Record<string, unknown>>, b: Settings): boolean => {
  const own: Readonly<Record<string, unknown>> = b;
  return Object.keys(own).every((name) => JSON.stringify(a[name]) === JSON.stringify(own[name]));
};

/** What a folder holds of the run that these settings would make of these pictures: all of it, a part, or another run or none. */
type Standing =
  | { readonly kind: "done"; readonly result: RunResult }
  | { readonly kind: "part"; readonly resume: FoundCheckpoint }
  | { readonly kind: "other" };

const standingOf = (settings: Settings, { recorded }: Sources): Standing => {
  const found = loadCheckpoint(settings.out);
  if (E.isLeft(found) || !sameRun(found.right.record.settings, settings) || found.right.record.data !== fingerprintOf(recorded))
    return { kind: "other" };
  const results = readResults(settings.out);
  return E.isRight(results) && results.right.run === found.right.record.run
    ? { kind: "done", result: resultIn(results.right) }
    : { kind: "part", resume: found.right };
};

/** Trains, or goes on with what an earlier start left in the folder, or takes its result where it is finished. */
const trained =
  (engine: OpenedEngine, settings: Settings, pictures: Sources, speaking: Speaking): TE.TaskEither<Fault, RunResult> =>
  async () => {
    const standing: Standing = speaking.force ? { kind: "other" } : standingOf(settings, pictures);
    const name = recipeName(settings);
    if (standing.kind === "done") {
      say(`${name}: trained already, in ${settings.out}; --force trains it again`);
      return E.right(standing.result);
    }
    if (standing.kind === "part") say(`${name}: going on in ${settings.out} after step ${standing.resume.record.step}`);
    return trainOn(engine, settings, pictures, { ...speaking, ...(standing.kind === "part" ? { resume: standing.resume } : {}) })();
  };

/** `results.json` of the demo: what the methods came to, side by side. */
const writeResults = (
  settings: Settings,
  { info }: OpenedEngine,
  pictures: Sources,
  results: Results,
  seconds: number,
): E.Either<Fault, string> => {
  const methods = Object.fromEntries(
    Object.entries(results).map(([method, { before, final, best, bestEpoch, imagesPerSecond }]) => [
      method,
      { before, after: final, best, bestEpoch, imagesPerSecond },
    ]),
  );
  const { name, backend, device } = info;
  const record = { methods, ...queriesIn(settings, pictures), engine: name, backend, device, seconds, settings };
  return writeWhole(resultsFile(settings.out), recordText(record, demoRecord));
};

const compared =
  (
    engine: OpenedEngine,
    settings: Settings,
    wanted: readonly Method[],
    pictures: Sources,
    speaking: Speaking,
  ): TE.TaskEither<Fault, void> =>
  async () => {
    let results: Results = {};
    for (const method of wanted) {
      const result = await trained(engine, { ...settings, method, out: join(settings.out, method) }, pictures, speaking)();
      if (E.isLeft(result)) return result;
      results = { ...results, [method]: result.right };
    }
    const seconds = Object.values(results).reduce((sum, result) => sum + result.seconds, 0);
    const written = writeResults(settings, engine, pictures, results, seconds);
    if (E.isLeft(written)) return written;
    print(`\n${recallTable(results, settings.recall, testedOf(pictures.recorded, settings.validate))}\n`);
    for (const remark of remarksIn(settings, pictures)) print(remark);
    say(`${seconds.toFixed(0)} s of training on the engine ${engine.info.name} (${engine.info.backend}); written to ${written.right}`);
    return E.right(undefined);
  };

const demo =
  (asked: Settings, wanted: readonly Method[], generated: boolean, manner: Omit<Speaking, "quiet">): TE.TaskEither<Fault, void> =>
  async () => {
    if (generated) {
      const made = await makeData(defaultDrawing, asked.data)();
      if (E.isLeft(made)) return made;
      if (made.right.drawn > 0) say(`drew ${made.right.drawn} pictures of ${made.right.classes} classes in ${asked.data}`);
    }
    const loud = { quiet: false };
    const pictures = await loadSources(asked, loud)();
    if (E.isLeft(pictures)) return pictures;
    const settings: Settings = { ...asked, ...pictures.right.drawn };
    say(countsLine(pictures.right, settings));
    const result = await withEngine(settings, loud, (engine) =>
      compared(engine, settings, wanted, pictures.right, { ...loud, ...manner }),
    )();
    await pictures.right.close();
    return result;
  };

export const demoCommand = (program: Command): Command =>
  withSettings(["data", "out", "epochs", "iterations", "seed", "lambda", "engine", "gpuMode"])(
    program
      .command("demo")
      .summary("make data if missing, train the three methods, compare them on classes never seen")
      .description(
        "Draws the generated data if they are missing, trains Triplet, Triplet + L2 and Triplet + MDR from the same first weights, and prints Recall@K on classes that none of them has seen. `npm start` is this command.",
      )
      .option("--method <name>", `train only this one (${methodNames.join(" | ")}) [all three]`)
      .option("--config <file>", "JSON file of settings")
      .option("--no-report", "write no report.html into the runs' folders")
      .option("--force", "train again what is trained already"),
  )
    .addHelpText(
      "after",
      `
Examples:
  npm start
  npm start -- --method triplet-mdr
  mdr demo --data photos --epochs 20      your own folder of class folders
${exitCodes}`,
    )
    .action((flags: Readonly<Record<string, unknown>>) =>
      finish(async () => {
        const settings = settingsFrom(flags, { out: "runs/demo" });
        if (E.isLeft(settings)) return settings;
        const { method, data } = { ...settings.right, method: flags.method };
        const wanted = method === undefined ? methodNames : methodNames.filter((name) => name === settings.right.method);
        const manner = { force: flags.force === true, report: flags.report !== false };
        return demo(settings.right, wanted, givenFlags(flags).data === undefined && data === defaults.data, manner)();
      }),
    );
