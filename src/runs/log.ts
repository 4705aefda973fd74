/** The metrics of a run as JSON lines, one a step and one an epoch: `metrics.jsonl` in the run's folder. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, inWords } from "../faults/index.js";
import { writeWhole } from "../files/index.js";

export const metricsFile = (folder: string): string => join(folder, "metrics.jsonl");

const fault = (folder: string) => (thrown: unknown) => failed(`cannot write ${metricsFile(folder)}: ${inWords(thrown)}`);

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
export const beginMetrics = (folder: string, step: number): E.Either<Fault, void> => {
  const made = E.tryCatch(() => {
    mkdirSync(folder, { recursive: true });
    return step === 0 ? [] : readMetrics(folder).filter((line) => Number(line.step) <= step);
  }, fault(folder));
  return E.chain((lines: readonly Readonly<Record<string, unknown>>[]) =>
    E.map(() => undefined)(writeWhole(metricsFile(folder), lines.map((line) => `${JSON.stringify(line)}\n`).join(""))),
  )(made);
};

/** Adds one line. Numbers that JSON cannot hold are written as their names. */
export const appendMetrics = (folder: string, line: Readonly<Record<string, unknown>>): E.Either<Fault, void> =>
  E.tryCatch(() => {
    const text = JSON.stringify(line, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value));
    appendFileSync(metricsFile(folder), `${text}\n`);
  }, fault(folder));
