/** The whole command line as one function of its arguments. */
import { Command, CommanderError } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { legible } from "../faults/index.js";
import { programVersion } from "../files/index.js";
import { exitCodes } from "./codes.js";
import { addCommands } from "./commands.js";
import { toStderr, toStdout } from "./outlet.js";
import { printed } from "./output.js";

/** Wrong use, help and version leave commander as an exception each, for `ended` to take. */
const strict = (command: Command): Command => {
  command
    .exitOverride()
    .showHelpAfterError("(add --help for all options)")
    .configureOutput({
      writeOut: toStdout.write,
      writeErr: toStderr.write,
      outputError: (text, write) => write(`${legible(text.trimEnd().replace("\n(Did you", " (Did you"))}\n`),
    });
  for (const sub of command.commands) strict(sub);
  return command;
};

/** Wrong use ends with 2 throughout; help and version with 0, or 1 where they could not be shown. */
const ended = async (thrown: unknown): Promise<void> => {
  if (!(thrown instanceof CommanderError)) throw thrown;
  if (thrown.exitCode !== 0) process.exitCode = 2;
  const shown = await printed();
  if (E.isRight(shown)) return;
  const { complain } = await import("./finish.js");
  complain(shown.left);
};

/** Runs a command line, given without the program's own name, to its end; the exit code is left to the process. */
export const runProgram = async (args: readonly string[]): Promise<void> => {
  const program = new Command("mdr")
    .description("Multi-level Distance Regularization for deep metric learning: train, evaluate, search and verify.")
    .version(programVersion)
    .addHelpText(
      "after",
      `\nExamples:\n  mdr demo\n  mdr train --data photos --out runs/photos\n  mdr similar runs/photos my.jpg photos\n${exitCodes}`,
    );
  await addCommands(program, args);
  await strict(program)
    .parseAsync([...args], { from: "user" })
    .catch(ended);
};
