/** The `mdr` command: one file a subcommand, all of them thin. */
import { runProgram } from "./program.js";
import { watchForEnds } from "./signals.js";
import { watchTerminals } from "./vanished.js";

watchTerminals();
watchForEnds();
await runProgram(process.argv.slice(2));
