/** How a command ends: 0 well, 1 a failed check or a fault, 2 wrong use, 130 interrupted; the reason in one line. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, inWords, sentence } from "../faults/index.js";
import { flagOf } from "./options.js";
import { say } from "./output.js";

export const exitCodes = `Exit codes: 0 done, 1 a check failed or something went wrong, 2 wrong use, 130 interrupted (what was done is saved).`;

/** A fault in a line, its settings as flags. */
export const inFlags = (fault: Pick<Fault, "where" | "what" | "remedy">): string => sentence(fault, (setting) => `--${flagOf(setting)}`);

const exitCode = ({ kind }: Fault): number => (kind === "usage" ? 2 : kind === "interrupted" ? 130 : 1);

/** Runs a command's task and sets the exit code; the process ends by itself once engines are closed. */
export const finish = async (task: TE.TaskEither<Fault, void>): Promise<void> => {
  const result = await task().catch((thrown: unknown) => E.left(failed(inWords(thrown))));
  if (E.isRight(result)) return;
  say(`mdr: ${inFlags(result.left)}`);
  process.exitCode = exitCode(result.left);
};

/** True once Ctrl-C was pressed; pressing it again ends the process at once. */
export const interruption = (): { readonly requested: () => boolean; readonly forget: () => void } => {
  let pressed = 0;
  const onSignal = (): void => {
    pressed += 1;
    if (pressed > 1) process.exit(130);
    say("\nmdr: finishing this step and saving; press Ctrl-C again to end at once");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    requested: () => pressed > 0,
    forget: () => {
      process.removeListener("SIGINT", onSignal);
      process.removeListener("SIGTERM", onSignal);
    },
  };
};
