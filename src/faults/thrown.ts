/** What thrown values and the system's error codes say, in words. */

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

const advice: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space or choose another folder",
  EDQUOT: "the disk quota is used up: free some space",
  EACCES: "no permission there: choose another folder",
  EPERM: "not permitted there: choose another folder",
  EROFS: "the file system is read-only: choose another folder",
  ENOTDIR: "a part of the path is a file, not a folder: choose another path",
  EEXIST: "a part of the path is a file, not a folder: choose another path",
  EISDIR: "this is a folder, not a file: give the path of a file",
  ENOENT: "no such file or folder: check the path",
  EMFILE: "too many open files: close some or raise `ulimit -n`",
};

/** What a thrown value says, on one line; system errors get their cause in words. */
export const inWords = (thrown: unknown): string => (advice[codeOf(thrown)] ?? reasonOf(thrown)).split("\n")[0] ?? "unknown error";
