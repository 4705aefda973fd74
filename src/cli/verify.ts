/** `mdr verify`: every formula, on this machine, on every engine that works here. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { probeDevices } from "../engines/gpu/index.js";
import { type EngineWish, type OpenedEngine, openEngine } from "../engines/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { suggestion } from "../settings/index.js";
import { renderReport, reportAsJson, verifyEngines } from "../verify/index.js";
import { exitCodes, finish } from "./finish.js";
import { print, progress, say } from "./output.js";

const engines = ["all", "auto", "reference", "gpu", "wasm"] as const;
const modes = ["auto", "webgpu", "headlessgl", "webasm", "cpu"] as const;

const oneOf = <A extends string>(flag: string, known: readonly A[], given: string): E.Either<Fault, A> => {
  const found = known.find((name) => name === given);
  return found === undefined ? E.left(misused(`${flag} ${given}: ${suggestion(given, known)}`)) : E.right(found);
};

/** Every engine that works here. */
const everyEngine = async (): Promise<readonly EngineWish[]> => {
  const working = (await probeDevices()).filter(({ works }) => works).map(({ backend }) => backend);
  const gpu = modes.filter((mode) => working.some((backend) => backend === mode)).map((gpuMode) => ({ engine: "gpu", gpuMode }) as const);
  return [{ engine: "reference", gpuMode: "auto" }, { engine: "wasm", gpuMode: "auto" }, ...gpu];
};

const verify = async (flags: {
  readonly engine: string;
  readonly gpuMode: string;
  readonly json?: boolean;
}): Promise<E.Either<Fault, void>> => {
  const engine = oneOf("--engine", engines, flags.engine);
  if (E.isLeft(engine)) return engine;
  const gpuMode = oneOf("--gpu-mode", modes, flags.gpuMode);
  if (E.isLeft(gpuMode)) return gpuMode;
  if (gpuMode.right !== "auto" && engine.right !== "gpu") {
    return E.left(misused(`--gpu-mode ${gpuMode.right} goes with --engine gpu: add it, or leave --gpu-mode away to try every engine`));
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
  if (E.isLeft(report)) return E.left(failed(report.left.message));
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
