/** What thrown values and the system's error codes say, in words. */

/** The text of anything that was thrown. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const textOf = (thrown: unknown, key: "code" | "syscall" | "path"): string => {
  const value = typeof thrown === "object" && thrown !== null ? (thrown as Readonly<Record<string, unknown>>)[key] : undefined;
  return typeof value === "string" ? value : "";
};

/** The system's error code ("ENOSPC", "EACCES", ...) of anything that was thrown, "" when it has none. */
export const codeOf = (thrown: unknown): string => textOf(thrown, "code");

/** The path that a thrown error of the system is about, "" when it has none. */
export const pathOf = (thrown: unknown): string => textOf(thrown, "path");

/** What was done with a file when the system refused. */
export type Doing = "reading" | "writing";

const anyAdvice: Readonly<Record<string, string>> = {
  ENOTDIR: "a part of the path is a file, not a folder: choose another path",
  ENAMETOOLONG: "a name this long cannot be: check the path",
  ELOOP: "a link that leads back to itself: check the path",
  EMFILE: "too many open files: close some or raise `ulimit -n`",
  ENFILE: "the system has too many open files: close some programs",
};

const advice: Readonly<Record<Doing, Readonly<Record<string, string>>>> = {
  reading: {
    ...anyAdvice,
    ENOENT: "no such file or folder: check the path",
    EACCES: "no permission to read it: give yourself that permission or choose another path",
    EPERM: "not permitted to read it: choose another path",
    EISDIR: "this is a folder, not a file: give the path of a file",
    EIO: "the disk or the drive fails to read: check it, or read from a copy",
  },
  writing: {
    ...anyAdvice,
    ENOSPC: "the disk is full: free some space or choose another folder",
    EDQUOT: "the disk quota is used up: free some space",
    EFBIG: "the file is larger than the file system or `ulimit -f` allows: choose another folder",
    ENOENT: "the folder it belongs in is gone or cannot be made: choose another path",
    EACCES: "no permission to write there: choose another folder",
    EPERM: "not permitted to write there: choose another folder",
    EROFS: "the file system is read-only: choose another folder",
    EEXIST: "a part of the path is a file, not a folder: choose another path",
    EISDIR: "there is a folder of that name: give the path of a file",
    ENOTEMPTY: "there is a folder of that name: give the path of a file",
    EIO: "the disk or the drive fails to write: check it, or choose another folder",
  },
};

const writingCalls = /^(?:write|writev|mkdir|rename|unlink|rm|rmdir|fsync|ftruncate|copyfile|mkdtemp|symlink|link)$/;

/** By the system's call; `open` is both, and asked for to read more often. */
const doingOf = (thrown: unknown): Doing =>
  writingCalls.test(textOf(thrown, "syscall")) || /^(?:ENOSPC|EDQUOT|EROFS)$/.test(codeOf(thrown)) ? "writing" : "reading";

/** What a thrown value says, on one line; errors of the system get their cause in words, by what was being done. */
export const inWords = (thrown: unknown, doing: Doing = doingOf(thrown)): string =>
  (advice[doing][codeOf(thrown)] ?? reasonOf(thrown)).split("\n")[0] ?? "unknown error";

/** Whether the system said no to something, as it does whoever is at fault; anything else that is thrown is a mistake of the program. */
export const isOfSystem = (thrown: unknown): boolean => textOf(thrown, "syscall") !== "" && /^E[A-Z0-9]+$/.test(codeOf(thrown));
