/** `mdr demo`, which is `npm start`: from nothing to trained embeddings that retrieve classes never seen. */
import { join } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { defaultDrawing } from "../datasets/index.js";
import type { Fault } from "../faults/index.js";
import { writeWhole } from "../files/index.js";
import { defaults, type Settings } from "../runs/index.js";
import { type Method, methods, type RunResult } from "../train/index.js";
import { makeData } from "./data.js";
import { exitCodes, finish } from "./finish.js";
import { givenFlags, settingsFrom, withSettings } from "./options.js";
import { percent, print, say, table } from "./output.js";
import { countsLine, loadSources, trainOn, withEngine } from "./session.js";

const methodNames = Object.keys(methods) as readonly Method[];
type Results = Readonly<Record<string, RunResult>>;

/** Recall@K on unseen classes, before and after, a row a method. */
export const recallTable = (results: Results, ranks: readonly number[]): string => {
  const entries = Object.entries(results);
  return table([
    ["unseen classes", ...ranks.map((rank) => `R@${rank}`), "MAP@R", "NMI", "images/s"],
    ...entries.flatMap(([method, { before, final, best, bestEpoch, epochs, imagesPerSecond }]) => {
      const row = (scores: RunResult["final"]) =>
        [...ranks.map((rank) => `recall@${rank}`), "map@r", "nmi"].map((name) => percent(scores[name]));
      return [
        [`${method}, before`, ...row(before), ""],
        [`${method}, final (epoch ${epochs})`, ...row(final), imagesPerSecond.toFixed(0)],
        ...(bestEpoch === epochs ? [] : [[`${method}, best (epoch ${bestEpoch})`, ...row(best), ""]]),
      ];
    }),
  ]);
};

const demo =
  (settings: Settings, wanted: readonly Method[], generated: boolean): TE.TaskEither<Fault, void> =>
  async () => {
    const started = Date.now();
    if (generated) {
      const made = await makeData(defaultDrawing, settings.data)();
      if (E.isLeft(made)) return made;
      if (made.right.drawn > 0) say(`drew ${made.right.drawn} pictures of ${made.right.classes} classes in ${settings.data}`);
    }
    const loud = { quiet: false };
    const pictures = await loadSources(settings, loud)();
    if (E.isLeft(pictures)) return pictures;
    say(countsLine(pictures.right));
    const result = await withEngine(settings, loud, (engine) => async () => {
      let results: Results = {};
      for (const method of wanted) {
        const result = await trainOn(engine, { ...settings, method, out: join(settings.out, method) }, pictures.right, loud)();
        if (E.isLeft(result)) return result;
        results = { ...results, [method]: result.right };
      }
      const seconds = (Date.now() - started) / 1000;
      const shares = Object.fromEntries(
        Object.entries(results).map(([method, { before, final, best, bestEpoch, imagesPerSecond }]) => [
          method,
          { before, after: final, best, bestEpoch, imagesPerSecond },
        ]),
      );
      const { name, backend, device } = engine.info;
      const file = join(settings.out, "results.json");
      const written = writeWhole(
        file,
        `${JSON.stringify({ methods: shares, engine: name, backend, device, seconds, settings }, null, 2)}\n`,
      );
      if (E.isLeft(written)) return written;
      print(`\n${recallTable(results, settings.recall)}\n`);
      say(`${seconds.toFixed(0)} s on the engine ${name} (${backend}); written to ${file}`);
      return E.right(undefined);
    })();
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
      .option("--config <file>", "JSON file of settings"),
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
        return demo(settings.right, wanted, givenFlags(flags).data === undefined && data === defaults.data)();
      }),
    );
