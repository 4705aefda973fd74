/** The metrics of a run as JSON lines, one a step and one an epoch: `metrics.jsonl` in the run's folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { appendLine, makeFolder, writeWhole } from "../files/index.js";

export const metricsFile = (folder: string): string => join(folder, "metrics.jsonl");

/** The lines of a metrics file that are whole: a run killed while writing leaves half a line behind. */
export const readMetrics = (folder: string): readonly Readonly<Record<string, unknown>>[] =>
  existsSync(metricsFile(folder))
    ? readFileSync(metricsFile(folder), "utf8")
        .split("\n")
        .flatMap((line) => {
          try {
            return [JSON.parse(line) as Record<string, unknown>];
          } catch {
            return [];
          }
        })
    : [];

/** Makes the folder and the file; when resuming after `step`, drops the lines past it. */
export const beginMetrics = (folder: string, step: number): E.Either<Fault, void> =>
  pipe(
    makeFolder(folder),
    E.map(() => (step === 0 ? [] : readMetrics(folder).filter((line) => Number(line.step) <= step))),
    E.chain((lines) => writeWhole(metricsFile(folder), lines.map((line) => `${JSON.stringify(line)}\n`).join(""))),
    E.map(() => undefined),
  );

/** Adds one line. Numbers that JSON cannot hold are written as their names. */
export const appendMetrics = (folder: string, line: Readonly<Record<string, unknown>>): E.Either<Fault, void> =>
  appendLine(
    metricsFile(folder),
    JSON.stringify(line, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value)),
  );
