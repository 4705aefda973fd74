/**
 * The metrics of a run as JSON lines, one a step and one an epoch: `metrics.jsonl` in the run's folder. The first says whose they are;
 * each ends with a checksum of itself, and steps and epochs follow each other, so that a line that is damaged or missing is seen.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { appendLine, parseJson, readText, writeWhole } from "../files/index.js";
import { metricsFile } from "./names.js";

/** A step or an epoch. */
export type MetricsLine = Readonly<Record<string, unknown>>;

/** What can be read of `metrics.jsonl`. */
export interface Metrics {
  /** The run that they are of; undefined in files of versions that did not say. */
  readonly run: string | undefined;
  /** Steps and epochs, those that can be read. */
  readonly lines: readonly MetricsLine[];
  /** What is damaged, missing or out of place, a line each. */
  readonly problems: readonly string[];
}

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/** Numbers that JSON cannot hold are written as their names. */
const textOf = (line: MetricsLine): string =>
  JSON.stringify(line, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value));

const checked = (line: MetricsLine): string => {
  const text = textOf(line);
  return `${text.slice(0, -1)},"check":"${sumOf(text)}"}`;
};

const checkAtEnd = /,"check":"([^"]*)"\}$/;

/** The line in a text: `false` where it is damaged. Lines of earlier versions have no checksum. */
const lineOf = (text: string, needsCheck: boolean): MetricsLine | false => {
  const found = checkAtEnd.exec(text);
  const content = found === null ? text : `${text.slice(0, found.index)}}`;
  if (found === null ? needsCheck : sumOf(content) !== found[1]) return false;
  const parsed = parseJson("", content);
  return E.isRight(parsed) && typeof parsed.right === "object" && parsed.right !== null && !Array.isArray(parsed.right)
    ? (parsed.right as MetricsLine)
    : false;
};

/** 3, 4, 5, 9 -> "3 to 5, 9" */
const ranges = (numbers: readonly number[]): string =>
  numbers
    .reduce<readonly (readonly [from: number, to: number])[]>((found, number) => {
      const last = found.at(-1);
      return last !== undefined && last[1] === number - 1 ? [...found.slice(0, -1), [last[0], number]] : [...found, [number, number]];
    }, [])
    .map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`))
    .join(", ");

/** What is missing or out of place of the numbers first, first + 1, .., last. */
const gaps = (what: string, numbers: readonly number[], first: number, last: number): readonly string[] => {
  const present = new Set(numbers);
  const missing = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index).filter(
    (number) => !present.has(number),
  );
  const odd = numbers.filter((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0));
  return [
    ...(missing.length === 0 ? [] : [`${what} ${ranges(missing)}: no line`]),
    ...(odd.length === 0 ? [] : [`${what} ${ranges(odd)}: twice, or out of order`]),
  ];
};

const numbersOf = (lines: readonly MetricsLine[], event: string, key: string): readonly number[] =>
  lines.filter((line) => line.event === event).map((line) => Number(line[key]));

/** The metrics in a folder; none where there is no file. */
export const readMetrics = (folder: string): Metrics => {
  const path = metricsFile(folder);
  if (!existsSync(path)) return { run: undefined, lines: [], problems: [] };
  const text = readText(path);
  if (E.isLeft(text)) return { run: undefined, lines: [], problems: [text.left.message] };
  const texts = text.right.split("\n");
  // A program that was killed while it wrote leaves a part of a line behind: no damage.
  const whole = texts.slice(0, -1);
  const first = lineOf(whole[0] ?? "", false);
  const run = first !== false && first.event === "run" && typeof first.run === "string" ? first.run : undefined;
  const needsCheck = run !== undefined || whole.slice(1).some((line) => checkAtEnd.test(line));
  const read = whole.map((line) => lineOf(line, needsCheck));
  const damaged = read.flatMap((line, index) => (line === false ? [index + 1] : []));
  const lines = read.filter((line): line is MetricsLine => line !== false && (line.event === "step" || line.event === "epoch"));
  const steps = numbersOf(lines, "step", "step");
  const epochs = numbersOf(lines, "epoch", "epoch");
  return {
    run,
    lines,
    problems: [
      ...(damaged.length === 0 ? [] : [`line ${ranges(damaged)}: damaged`]),
      ...gaps("step", steps, 1, Math.max(0, ...steps)),
      ...gaps("epoch", epochs, 0, Math.max(0, ...epochs)),
    ],
  };
};

/**
 * Makes the file; a run that goes on keeps the lines of the steps and of the `epochs` evaluations (that before training included)
 * that its checkpoint knows, from the folder `from` where it goes on in another. Right: what is wrong with those, a line each. What is lost stays lost: nothing is computed from it.
 */
export const beginMetrics = (
  folder: string,
  run: string,
  { step, epochs, from = folder }: { readonly step: number; readonly epochs: number; readonly from?: string },
): E.Either<Fault, readonly string[]> => {
  const before: Metrics = epochs === 0 ? { run, lines: [], problems: [] } : readMetrics(from);
  const lines = before.lines.filter((line) => Number(line.step) <= step);
  const problems = [
    ...before.problems.filter((problem) => problem.startsWith("line ")),
    ...gaps("step", numbersOf(lines, "step", "step"), 1, step),
    ...gaps("epoch", numbersOf(lines, "epoch", "epoch"), 0, epochs - 1),
  ];
  return pipe(
    writeWhole(metricsFile(folder), [{ event: "run", run }, ...lines].map((line) => `${checked(line)}\n`).join("")),
    E.map(() => problems.map((problem) => `${metricsFile(from)}: ${problem}`)),
  );
};

/** Adds one line. */
export const appendMetrics = (folder: string, line: MetricsLine): E.Either<Fault, void> => appendLine(metricsFile(folder), checked(line));
