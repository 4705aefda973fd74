/** Small changes of the file system, what goes wrong as a value. */
import { appendFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, inWords } from "../faults/index.js";

const attempt = (path: string, what: string, change: () => void): E.Either<Fault, void> =>
  E.tryCatch(change, (thrown) => failed(`${what}: ${inWords(thrown, "writing")}`, { where: path }));

/** Makes a folder and those above it; nothing where it is there already. */
export const makeFolder = (path: string): E.Either<Fault, void> =>
  attempt(path, "cannot be made", () => {
    mkdirSync(path, { recursive: true });
  });

/** Adds `line` and its end to a file, which is made where it is missing. */
export const appendLine = (path: string, line: string): E.Either<Fault, void> =>
  attempt(path, "cannot be written", () => appendFileSync(path, `${line}\n`));

/** Removes a file; nothing where there is none. */
export const removeFile = (path: string): E.Either<Fault, void> => attempt(path, "cannot be removed", () => rmSync(path, { force: true }));

/** Removes a folder and all that is in it; nothing where there is none. */
export const removeFolder = (path: string): E.Either<Fault, void> =>
  attempt(path, "cannot be removed", () => rmSync(path, { recursive: true, force: true }));

/** Gives a folder that is through another name, which nothing has. */
export const renameFolder = (path: string, to: string): E.Either<Fault, void> => attempt(to, "cannot be made", () => renameSync(path, to));
