/** The `mdr` command: one file a subcommand, all of them thin. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { demoCommand } from "./demo.js";
import { exitCodes } from "./finish.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };

const program = new Command("mdr")
  .description("Multi-level Distance Regularization for deep metric learning")
  .version(version)
  .showHelpAfterError("(add --help for all options)")
  .addHelpText("after", `\n${exitCodes}`)
  // Wrong use is 2 throughout; help and version, which commander also ends with, are 0.
  .exitOverride(({ exitCode }) => {
    process.exit(exitCode === 0 ? 0 : 2);
  });

for (const add of [demoCommand]) add(program).exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

await program.parseAsync();
