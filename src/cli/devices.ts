/** `mdr devices`: what works on this machine, and why the rest does not. */
import { availableParallelism } from "node:os";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { openEngine } from "../engines/index.js";
import { exitCodes, finish, inFlags } from "./finish.js";
import { flagOf } from "./options.js";
import { print, table } from "./output.js";
import { probeEngines } from "./probing.js";

const devices = async (json: boolean): Promise<void> => {
  const lines = (await probeEngines()).map((report) => ({
    ...report,
    problem: report.problem === null ? "" : inFlags(report.problem),
  }));
  const chosen = await openEngine({ engine: "auto", gpuMode: "auto" })();
  const auto = E.isRight(chosen) ? chosen.right.why : inFlags(chosen.left);
  if (E.isRight(chosen)) await chosen.right.close();
  print(
    json
      ? JSON.stringify(
          {
            devices: lines,
            auto,
            processors: availableParallelism(),
            node: process.version,
            platform: `${process.platform} ${process.arch}`,
          },
          null,
          2,
        )
      : [
          table([
            ["engine", "works"],
            ...lines.map(({ engine, mode, backend, works }) => [
              `${engine} ${mode === "auto" ? `(${backend})` : `--${flagOf("gpuMode")} ${mode}`}`,
              works ? "yes" : "no",
            ]),
          ]),
          "",
          ...lines.map(({ engine, backend, works, device, problem }) => `${engine} ${backend}: ${works ? device : problem}`),
          "",
          `auto takes: ${auto}`,
        ].join("\n"),
  );
};

export const devicesCommand = (program: Command): Command =>
  program
    .command("devices")
    .summary("which engines work here, and why the others do not")
    .description(
      "Tries every engine, each way that it can run, on this machine with a small product; what a driver may crash in a process of its own.",
    )
    .option("--json", "print JSON")
    .addHelpText("after", `\nExamples:\n  mdr devices\n  mdr devices --json\n${exitCodes}`)
    .action((flags: { readonly json?: boolean }) =>
      finish(async () => {
        await devices(flags.json === true);
        return E.right(undefined);
      }),
    );
