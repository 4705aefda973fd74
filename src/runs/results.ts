/** What a run came to, in its folder: `results.json`. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { readRecord, recordText, writeWhole } from "../files/index.js";
import type { Scores } from "../train/index.js";
import { resultsFile } from "./names.js";
import { type RunResults, resultsRecord } from "./record.js";

/** The results as the text of their file. */
export const resultsText = (results: RunResults): string => recordText(results, resultsRecord).trimEnd();

/** Writes a run's results; the right is what was written. */
export const writeResults = (folder: string, results: RunResults): E.Either<Fault, RunResults> =>
  pipe(
    writeWhole(resultsFile(folder), `${resultsText(results)}\n`),
    E.map(() => results),
  );

/** A run's results. Left: there are none, or they are damaged. */
export const readResults = (folder: string): E.Either<Fault, RunResults> => readRecord(resultsFile(folder), resultsRecord);

/** The results with what something that has not learned scores on the same pictures. */
export const addBaselines = (folder: string, baselines: Readonly<Record<string, Scores>>): E.Either<Fault, RunResults> =>
  pipe(
    readResults(folder),
    E.chain((results) => writeResults(folder, { ...results, baselines })),
  );
