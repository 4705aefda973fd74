/** Runs of `mdr train` in processes of their own; one that was interrupted goes on, one that is finished is not made again. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { type RunResults, readResults } from "#mdr/runs/index.js";

const bin = fileURLToPath(new URL("../../bin/mdr.js", import.meta.url));

/** Flags as they stand in a table, for a command. */
export const wordsOf = (flags: string): readonly string[] => flags.split(" ").filter((word) => word !== "");

/** The results of the run in folder `out`, trained by these flags where it is not finished. Throws where training fails. */
export const trainedRun = (out: string, flags: readonly string[], progress: "inherit" | "ignore" = "ignore"): RunResults => {
  const known = readResults(out);
  if (E.isRight(known)) return known.right;
  const words = existsSync(join(out, "last.json")) ? ["train", "--resume", out] : ["train", "--out", out, ...flags];
  const { status, error } = spawnSync(process.execPath, [bin, ...words], { stdio: ["ignore", progress, "inherit"] });
  if (status !== 0) throw new Error(`training ${out} ended with ${error?.message ?? `status ${status}`}`);
  const results = readResults(out);
  if (E.isLeft(results)) throw new Error(results.left.message);
  return results.right;
};
