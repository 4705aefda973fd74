/** How a command ends: 0 well, 1 a failed check or a fault, 2 wrong use, 130 interrupted; the reason in one line. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, inWords, isOfSystem, pathOf, sentence } from "../faults/index.js";
import { settingNames } from "../runs/index.js";
import { mistakeLine } from "./mistake.js";
import { flagOf } from "./options.js";
import { printed, say, stopBars } from "./output.js";
import { wasMistaken } from "./signals.js";

export { exitCodes } from "./codes.js";

/** What a remedy may name in braces: settings, and the flags of single commands. */
export const flagged: ReadonlySet<string> = new Set([
  ...settingNames,
  ...["resume", "count", "force", "all", "model", "side", "output", "part", "scale", "seeds", "published", "preprocess"],
  ...["db", "class", "under", "run"],
  ...["thresholds", "falseMatches", "radius", "neighbours"],
  ...["host", "port", "names", "token", "maxUpload"],
  ...["queue", "priority", "retries", "slots", "lease", "cell", "slurm", "watch", "cancel"],
]);

/** A fault in a line, its settings as flags; anything else in braces is part of a name. */
export const inFlags = (fault: Pick<Fault, "where" | "what" | "remedy">): string =>
  sentence(fault, (setting) => (flagged.has(setting) ? `--${flagOf(setting)}` : `{${setting}}`));

const exitCode = ({ kind }: Fault): number => (kind === "usage" ? 2 : kind === "interrupted" ? 130 : 1);

export const complain = (fault: Fault): void => {
  say(`mdr: ${inFlags(fault)}`);
  // After a mistake of the program even a run that was saved and stopped has gone wrong.
  process.exitCode = wasMistaken() ? 1 : exitCode(fault);
};

/** The system's refusals are nobody's mistake, even where no room foresaw them. */
const caught = (thrown: unknown): Fault =>
  isOfSystem(thrown) ? failed(inWords(thrown), { where: pathOf(thrown) }) : failed(mistakeLine(thrown));

/** Runs a command's task and sets the exit code; the process ends by itself once engines are closed. */
export const finish = async (task: TE.TaskEither<Fault, void>): Promise<void> => {
  const result = await task().catch((thrown: unknown) => E.left(caught(thrown)));
  stopBars();
  if (E.isLeft(result)) complain(result.left);
  const shown = await printed();
  if (E.isLeft(shown)) complain(shown.left);
};
