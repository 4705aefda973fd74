/** Slurm as a carrier: a script that `sbatch` takes, whose every task trains one cell by its name. */
import type { Cell } from "../experiments/index.js";
import { placeOf } from "./places.js";

export interface ArrayJob {
  /** What the job is called in Slurm's lists. */
  readonly name: string;
  /** Where the command is run. */
  readonly folder: string;
  /** The command up to the cell's name, word by word. */
  readonly command: readonly string[];
  /** The folder of what the tasks say. */
  readonly logs: string;
  readonly cells: readonly Pick<Cell, "id" | "row" | "at" | "seed">[];
}

/** A word that a shell takes as it is. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** A remark may say anything but begin a line. */
const remark = (cell: ArrayJob["cells"][number]): string => placeOf(cell).replace(/\s+/g, " ");

/** Slurm's own lines are no shell: what it takes is a name without spaces. */
const slurmWord = (text: string): string => text.replace(/\s/g, "\\ ");

/** The script. Its tasks may run at once on any machines that share the folder, and again: a finished cell is not trained again. */
export const arrayScript = ({ name, folder, command, logs, cells }: ArrayJob): string =>
  [
    "#!/bin/bash",
    `#SBATCH --job-name=${slurmWord(name)}`,
    `#SBATCH --array=0-${cells.length - 1}`,
    `#SBATCH --output=${slurmWord(logs)}/%a.txt`,
    "#SBATCH --open-mode=append",
    "#SBATCH --requeue",
    "# Each task saves its run and ends well when Slurm asks it to, and goes on from there when it is queued again.",
    "#SBATCH --signal=B:TERM@120",
    "set -euo pipefail",
    "cells=(",
    ...cells.map((cell) => `  ${quoted(cell.id)} # ${remark(cell)}`),
    ")",
    `cd ${quoted(folder)}`,
    `exec ${command.map(quoted).join(" ")} "\${cells[$SLURM_ARRAY_TASK_ID]}"`,
    "",
  ].join("\n");
