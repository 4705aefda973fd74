/** What went wrong for the user of a run: one line that says where, what, and what to do; and how the process should end. */

export interface Fault {
  readonly _tag: "Fault";
  /** `failed` exits 1, `usage` 2, `interrupted` 130. */
  readonly kind: "failed" | "usage" | "interrupted";
  readonly message: string;
}

export const failed = (message: string): Fault => ({ _tag: "Fault", kind: "failed", message });
export const misused = (message: string): Fault => ({ _tag: "Fault", kind: "usage", message });
export const interrupted = (message: string): Fault => ({ _tag: "Fault", kind: "interrupted", message });

/** Any error of another layer (they all carry a message) as a failed run. */
export const asFault = (error: { readonly message: string }): Fault => failed(error.message);

export const exitCode = (fault: Fault): number => ({ failed: 1, usage: 2, interrupted: 130 })[fault.kind];

/** What a thrown value says, on one line; system errors get their cause in words. */
export const describe = (thrown: unknown): string => {
  const code = (thrown as { code?: unknown } | null)?.code;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const hint: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full: free some space or choose another folder with --out",
    EACCES: "no permission to write there: choose another folder",
    EPERM: "not permitted there: choose another folder",
    EROFS: "the file system is read-only: choose another folder",
    ENOTDIR: "a part of the path is a file, not a folder: choose another path",
    EISDIR: "this is a folder, not a file: give the path of a file",
    ENOENT: "no such file or folder: check the path",
    EMFILE: "too many open files: close some or raise `ulimit -n`",
  };
  const advice = typeof code === "string" ? hint[code] : undefined;
  return (advice === undefined ? text : advice).split("\n")[0] ?? "unknown error";
};
