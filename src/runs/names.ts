/** The files of a run's folder. Nothing else in the folder is the run's: it is neither read nor removed. */
import { join } from "node:path";

/** Where the run's identity is. */
export const runFile = (folder: string): string => join(folder, "run.json");
/** Where the lock of whoever trains is. */
export const lockFile = (folder: string): string => join(folder, "run.lock");
/** Where steps and epochs are told, a line each. */
export const metricsFile = (folder: string): string => join(folder, "metrics.jsonl");
/** Where the run's card is. */
export const cardFile = (folder: string): string => join(folder, "card.md");
/** Where the page about the run is. */
export const reportFile = (folder: string): string => join(folder, "report.html");
/** Where the results are. */
export const resultsFile = (folder: string): string => join(folder, "results.json");
/** Where the run's thresholds are. */
export const thresholdsFile = (folder: string): string => join(folder, "thresholds.json");

/** The records that name a checkpoint: the newest, the one before it, the best, and the state before a fault. */
export type CheckpointName = "last" | "previous" | "best" | "fault";
/** Every such name. */
export const checkpointNames: readonly CheckpointName[] = ["last", "previous", "best", "fault"];

/** Where the record of a checkpoint is. */
export const recordFile = (folder: string, name: CheckpointName): string => join(folder, `${name}.json`);

/** The tensors after `step` steps, `epoch` of the epochs being whole. */
export const tensorsName = (epoch: number, step: number, iterations: number): string =>
  `epoch-${String(epoch).padStart(4, "0")}${step === epoch * iterations ? "" : `-step-${step}`}.safetensors`;

const tensorsPattern = /^epoch-(\d{4,})(?:-step-(\d+))?\.safetensors$/;

/** Whether a file's name is that of a checkpoint's tensors. */
export const isTensorsName = (name: string): boolean => tensorsPattern.test(name);

/** Newest first. */
export const byAge = (a: string, b: string): number => {
  const [ofA, ofB] = [a, b].map((name) => tensorsPattern.exec(name));
  return Number(ofB?.[1] ?? 0) - Number(ofA?.[1] ?? 0) || Number(ofB?.[2] ?? 0) - Number(ofA?.[2] ?? 0);
};

/** A name that only a run gives to its files. */
export const isRunName = (name: string): boolean =>
  [
    "run.json",
    "metrics.jsonl",
    "results.json",
    "thresholds.json",
    "card.md",
    "report.html",
    ...checkpointNames.map((record) => `${record}.json`),
  ].includes(name) || isTensorsName(name);

/** What a program left behind that was killed while it wrote one of these. */
export const isLeftover = (name: string): boolean => {
  const found = /^(.+)\.\d+\.part(?:\.headed)?$/.exec(name);
  return found !== null && isRunName(found[1] ?? "");
};
