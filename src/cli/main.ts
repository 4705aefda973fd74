/** The `mdr` command: one file a subcommand, all of them thin. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { dataCommand } from "./data.js";
import { demoCommand } from "./demo.js";
import { devicesCommand } from "./devices.js";
import { embedCommand } from "./embed.js";
import { evalCommand } from "./eval.js";
import { exitCodes } from "./finish.js";
import { reportCommand } from "./report.js";
import { similarCommand } from "./similar.js";
import { trainCommand } from "./train.js";
import { verifyCommand } from "./verify.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };

/** Wrong use ends with 2 throughout; help and version, which commander ends by an exception too, with 0. */
const strict = (command: Command): Command => {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2)).showHelpAfterError("(add --help for all options)");
  for (const sub of command.commands) strict(sub);
  return command;
};

const program = new Command("mdr")
  .description("Multi-level Distance Regularization for deep metric learning: train, evaluate, search and verify.")
  .version(version)
  .addHelpText(
    "after",
    `\nExamples:\n  mdr demo\n  mdr train --data photos --out runs/photos\n  mdr similar runs/photos my.jpg photos\n${exitCodes}`,
  );

for (const add of [
  demoCommand,
  dataCommand,
  trainCommand,
  evalCommand,
  embedCommand,
  similarCommand,
  verifyCommand,
  devicesCommand,
  reportCommand,
])
  add(program);

await strict(program).parseAsync();
