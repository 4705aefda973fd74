/** A run and a folder in either order, where it can be seen which is which. */
import { existsSync } from "node:fs";
import { recordFile, runFile } from "../runs/index.js";

const isRun = (path: string): boolean =>
  /\.(?:json|safetensors)$/.test(path) || existsSync(runFile(path)) || existsSync(recordFile(path, "last"));

/** [run, folder]: turned round where the second is a run and the first is none. */
export const runFirst = (run: string, folder: string): readonly [run: string, folder: string] =>
  isRun(folder) && !isRun(run) ? [folder, run] : [run, folder];
