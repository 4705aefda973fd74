/** `mdr verify`: every formula, on this machine, on every engine that works here. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { type EngineWish, engineFields, type OpenedEngine, openEngine, openers } from "../engines/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { suggestion } from "../settings/index.js";
import { renderReport, reportAsJson, verifyEngines } from "../verify/index.js";
import { exitCodes, finish } from "./finish.js";
import { print, progress, say } from "./output.js";
import { probeEngines } from "./probing.js";

const engines: readonly string[] = ["all", ...engineFields.engine.unwrap().options];
const modes: readonly string[] = engineFields.gpuMode.unwrap().options;

const oneOf = (flag: string, known: readonly string[], given: string): E.Either<Fault, string> =>
  known.includes(given) ? E.right(given) : E.left(misused(`${flag} ${given}: ${suggestion(given, known)}`));

/** Every engine that works here, each way that it does. */
const everyEngine = async (): Promise<readonly EngineWish[]> =>
  (await probeEngines()).flatMap(({ engine, mode, works }) => (works ? [{ engine, gpuMode: mode }] : []));

const verify = async (flags: {
  readonly engine: string;
  readonly gpuMode: string;
  readonly json?: boolean;
}): Promise<E.Either<Fault, void>> => {
  const engine = oneOf("--engine", engines, flags.engine);
  if (E.isLeft(engine)) return engine;
  const gpuMode = oneOf("--gpu-mode", modes, flags.gpuMode);
  if (E.isLeft(gpuMode)) return gpuMode;
  const owner = openers.find(({ modes: own }) => own.includes(gpuMode.right))?.name;
  if (owner !== undefined && engine.right !== owner) {
    return E.left(misused(`--gpu-mode ${gpuMode.right} goes with --engine ${owner}: add it, or leave --gpu-mode away to try every engine`));
  }
  const json = flags.json === true;
  const wishes = engine.right === "all" ? await everyEngine() : [{ engine: engine.right, gpuMode: gpuMode.right }];
  const opened: OpenedEngine[] = [];
  const closeAll = async () => {
    for (const { close } of opened) await close();
  };
  for (const wish of wishes) {
    const one = await openEngine(wish)();
    if (E.isLeft(one)) {
      await closeAll();
      return one;
    }
    opened.push(one.right);
    if (!json) say(one.right.why);
  }
  const bar = json ? { update: () => {}, stop: () => {} } : progress("verifying");
  const report = await verifyEngines(
    opened.map((one) => one.engine),
    ({ done, total, formula }) => bar.update(done, total, formula),
  )();
  bar.stop();
  await closeAll();
  if (E.isLeft(report)) return report;
  print(json ? reportAsJson(report.right) : renderReport(report.right));
  return report.right.pass ? E.right(undefined) : E.left(failed("verification failed: see the lines marked FAIL"));
};

export const verifyCommand = (program: Command): Command =>
  program
    .command("verify")
    .summary("check every formula on this machine, on every engine that works here")
    .description(
      "Holds every formula and its gradient against central differences, against PyTorch's numbers and against the reference engine.",
    )
    .option("--engine <name>", engines.join(" | "), "all")
    .option("--gpu-mode <name>", modes.join(" | "), "auto")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `\nExamples:\n  mdr verify\n  mdr verify --engine gpu --gpu-mode webasm\n  mdr verify --json > verify.json\n${exitCodes}`,
    )
    .action((flags: Parameters<typeof verify>[0]) => finish(() => verify(flags)));
