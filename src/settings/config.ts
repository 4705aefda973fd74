/** Settings as people write them: the text of a config file, and names that are nearly right. */
import { closest, distance } from "fastest-levenshtein";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, misused, reasonOf } from "../faults/index.js";

/** The nearest of the known names as a question, where it is near enough to be a typing mistake. */
export const guessed = (unknown: string, known: readonly string[]): string | undefined => {
  const nearest = closest(unknown, [...known]);
  return distance(unknown.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, unknown.length / 3)
    ? `did you mean "${nearest}"?`
    : undefined;
};

/** That question, or else all names. */
export const suggestion = (unknown: string, known: readonly string[]): string => guessed(unknown, known) ?? `known: ${known.join(", ")}`;

/** The JSON text of a config file as plain values; anything but one object is a fault that names the file. */
export const parseConfig = (file: string, text: string): E.Either<Fault, Readonly<Record<string, unknown>>> =>
  E.chain((value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? E.right(value as Readonly<Record<string, unknown>>)
      : E.left(misused('must hold one JSON object of settings, such as {"epochs": 10}', { where: file })),
  )(
    E.tryCatch(
      // Editors on Windows begin a file with a byte order mark.
      () => JSON.parse(text.replace(/^\uFEFF/, "")) as unknown,
      (thrown) => misused(`not JSON: ${reasonOf(thrown)}`, { where: file }),
    ),
  );
