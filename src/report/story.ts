/** What a report tells of a run, as data: the page shows it, and holds it for whoever wants the numbers. */
import { changedSettings, type MetricsLine, type RunRecord, type RunResults } from "../runs/index.js";
import { recipeName } from "../train/index.js";
import { type Group, groupsOf } from "./groups.js";
import type { Looked } from "./looked.js";
import { type Measured, measuredIn } from "./measured.js";

export interface Story extends Measured {
  /** As it was asked for: the run's folder. */
  readonly name: string;
  readonly run: string;
  readonly method: string;
  readonly seed: number;
  /** Undefined where nobody knows any more. */
  readonly engine: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Those that are not the program's defaults. */
  readonly changed: Readonly<Record<string, unknown>>;
  /** Undefined of a run that has not ended. */
  readonly results: RunResults | undefined;
  /** The model card, as it lies in the folder. */
  readonly card: string | undefined;
  /** What is missing or damaged, a line each. */
  readonly remarks: readonly string[];
  readonly looked: Looked | undefined;
}

/** What is known of a run's folder. */
export interface Told {
  readonly name: string;
  readonly lines: readonly MetricsLine[];
  readonly record: Pick<RunRecord, "run" | "settings" | "engine">;
  readonly results: RunResults | undefined;
  readonly card: string | undefined;
  readonly remarks: readonly string[];
  readonly looked: Looked | undefined;
}

export const storyOf = ({ name, lines, record, results, card, remarks, looked }: Told): Story => ({
  name,
  run: record.run,
  method: recipeName(record.settings),
  seed: record.settings.seed,
  engine: record.engine === "" ? undefined : record.engine,
  settings: record.settings,
  changed: changedSettings(record.settings),
  results,
  card,
  remarks,
  looked,
  ...measuredIn(lines),
});

/** A page's whole content. */
export interface Report {
  readonly runs: readonly Story[];
  readonly groups: readonly Group[];
}

export const reportOf = (runs: readonly Story[]): Report => ({ runs, groups: groupsOf(runs) });
