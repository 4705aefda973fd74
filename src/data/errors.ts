/** What went wrong with data on disk: where, what, and what to do about it. */
export interface DataError {
  readonly _tag: "DataError";
  readonly message: string;
}

export const dataError = (message: string): DataError => ({ _tag: "DataError", message });

/** The text of anything that was thrown. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** The system's error code ("ENOSPC", "EACCES", ...) of anything that was thrown, "" when it has none. */
export const codeOf = (thrown: unknown): string =>
  typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";

/** At most `limit` lines, the rest as a count: an error that lists files stays readable. */
export const listed = (lines: readonly string[], limit = 20): string =>
  [...lines.slice(0, limit), ...(lines.length > limit ? [`... and ${lines.length - limit} more`] : [])]
    .map((line) => `\n  ${line}`)
    .join("");
