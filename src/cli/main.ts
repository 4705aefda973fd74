/** The `mdr` command: one file a subcommand, all of them thin. */
import { Command, CommanderError } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { legible } from "../faults/index.js";
import { programVersion } from "../runs/index.js";
import { dataCommand } from "./data.js";
import { demoCommand } from "./demo.js";
import { devicesCommand } from "./devices.js";
import { embedCommand } from "./embed.js";
import { evalCommand } from "./eval.js";
import { featuresCommand } from "./features.js";
import { exitCodes, finish } from "./finish.js";
import { toStderr, toStdout } from "./outlet.js";
import { reportCommand } from "./report.js";
import { reproduceCommand } from "./reproduce.js";
import { watchForEnds } from "./signals.js";
import { similarCommand } from "./similar.js";
import { trainCommand } from "./train.js";
import { watchTerminals } from "./vanished.js";
import { verifyCommand } from "./verify.js";

/** Wrong use, help and version leave commander as an exception each, for `ended` to take. */
const strict = (command: Command): Command => {
  command
    .exitOverride()
    .showHelpAfterError("(add --help for all options)")
    .configureOutput({
      writeOut: toStdout.write,
      writeErr: toStderr.write,
      outputError: (text, write) => write(`${legible(text.trimEnd())}\n`),
    });
  for (const sub of command.commands) strict(sub);
  return command;
};

/** Wrong use ends with 2 throughout; help and version with 0, or 1 where they could not be shown. */
const ended = (thrown: unknown): Promise<void> => {
  if (!(thrown instanceof CommanderError)) throw thrown;
  if (thrown.exitCode !== 0) process.exitCode = 2;
  return finish(async () => E.right(undefined));
};

const program = new Command("mdr")
  .description("Multi-level Distance Regularization for deep metric learning: train, evaluate, search and verify.")
  .version(programVersion)
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
  featuresCommand,
  similarCommand,
  verifyCommand,
  devicesCommand,
  reportCommand,
  reproduceCommand,
])
  add(program);

watchTerminals();
watchForEnds();
await strict(program).parseAsync().catch(ended);
