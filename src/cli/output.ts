/** What people see: a progress bar on a terminal, one line an epoch elsewhere. All of it goes to stderr; results go to stdout. */
import { Presets, SingleBar } from "cli-progress";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { codeOf, type Fault, failed, inWords, legible, visible } from "../faults/index.js";
import type { RunEvent, StepReport } from "../train/index.js";
import { toStderr, toStdout } from "./outlet.js";

export const say = (line: string): void => toStderr.write(`${line}\n`);

/** Something to know about that stops nothing: said with `--json` too, for it goes to stderr. */
export const warn = (warning: string): void => say(`mdr: ${legible(warning)}`);

/** A result: a table for people or JSON for machines. */
export const print = (text: string): void => toStdout.write(`${text}\n`);

/** Once all results are out: why they could not be shown. A reader that has read enough (`| head -1`) is no fault. */
export const printed: TE.TaskEither<Fault, void> = async () => {
  const problem = await toStdout.settled();
  return problem === undefined || codeOf(problem) === "EPIPE"
    ? E.right(undefined)
    : E.left(failed(`the result could not be written: ${inWords(problem, "writing")}`, { where: "standard output" }));
};

/** 0.4567 -> "45.7 %" */
/** A number of things, in words. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

export const percent = (share: number | undefined): string => (share === undefined ? "-" : `${(100 * share).toFixed(1)} %`);

/** Columns padded to their widest cell; the first is left-aligned. */
export const table = (given: readonly (readonly string[])[]): string => {
  const rows = given.map((row) => row.map(visible));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "),
    )
    .join("\n");
};

export interface Progress {
  readonly update: (done: number, total: number, note?: string) => void;
  readonly stop: () => void;
}

/** How to stop each bar that is on the screen. */
const running = new Set<() => void>();

/** Takes all bars off the screen, whatever became of the work that they show: they hide the cursor and keep the process alive. */
export const stopBars = (): void => {
  for (const stop of running) stop();
};

/** Seconds as a bar shows them: `75 s`, `4 min`. The bar says it in other words where it does not know. */
export const remaining = (seconds: unknown): string => {
  if (typeof seconds !== "number" || !Number.isFinite(seconds)) return "?";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
};

/** A plain bar with a name; nothing where stderr is no terminal. */
export const progress = (name: string): Progress => {
  if (process.stderr.isTTY !== true) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar(
    {
      format: `${name} {bar} {value}/{total} {note} {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      formatTime: remaining,
      // Signals are for signals.ts: it takes the bars away too.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const stop = (): void => {
    if (running.delete(stop)) bar.stop();
  };
  return {
    update: (done, total, note = "") => {
      if (!running.has(stop)) bar.start(total, done, { note });
      running.add(stop);
      bar.update(done, { note });
    },
    stop,
  };
};

const shownPart = (value: number | readonly number[]): string =>
  typeof value === "number" ? value.toFixed(3) : value.map((entry) => entry.toFixed(2)).join(" ");

/** The loss and its parts, as the objective names them. */
const lossText = ({ loss, epoch: _, step: __, learningRate: ___, imagesPerSecond, ...parts }: StepReport): readonly string[] => [
  `loss ${loss.toFixed(4)}`,
  ...Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${shownPart(value)}`])),
  `${imagesPerSecond.toFixed(0)} images/s`,
];

/** The bar of a training run, and its lines. */
export const trainingProgress = (name: string, steps: number, quiet: boolean) => {
  const bar = quiet ? { update: () => {}, stop: () => {} } : progress(name);
  let last: StepReport | undefined;
  return {
    onEvent: (event: RunEvent): void => {
      if (event.kind === "steps") {
        last = event.reports.at(-1);
        if (last !== undefined) bar.update(last.step, steps, `| ${lossText(last).join(" | ")} |`);
      }
      if (event.kind !== "epoch" || quiet || process.stderr.isTTY === true) return;
      const { epoch, scores } = event.report;
      say([`${name}  epoch ${epoch}  recall@1 ${percent(scores["recall@1"])}`, ...(last === undefined ? [] : lossText(last))].join("  "));
    },
    onScoring: (done: number, total: number): void => bar.update(last?.step ?? 0, steps, `| evaluating, ${percent(done / total)} |`),
    stop: bar.stop,
  };
};
