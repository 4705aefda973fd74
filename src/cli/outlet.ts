/**
 * The one place where text leaves the program. A stream that fails (a reader that went away, a full disk, a terminal that was
 * closed) is written to no more and ends nothing: what was worked out is on the disk, and whoever asks is told the first failure.
 */
import { visibleLines } from "../faults/index.js";

export interface Outlet {
  /** Text as it is laid out, its control characters made visible. */
  readonly write: (text: string) => void;
  /** Once all of it is out: what went wrong first, undefined if nothing did. */
  readonly settled: () => Promise<unknown>;
}

export const outletTo = (open: () => NodeJS.WritableStream): Outlet => {
  let problem: unknown;
  let last: Promise<void> = Promise.resolve();
  const lost = (thrown: unknown): void => {
    problem ??= thrown ?? undefined;
  };
  const attempt = <A>(change: () => A): A | undefined => {
    try {
      return change();
    } catch (thrown) {
      lost(thrown);
      return undefined;
    }
  };
  const stream = attempt(open);
  // Without a listener the event ends the process.
  stream?.on("error", lost);
  return {
    write: (text) => {
      if (problem !== undefined) return;
      last = new Promise((resolve) => {
        const written = (thrown?: unknown): void => {
          lost(thrown);
          resolve();
        };
        if (attempt(() => stream?.write(visibleLines(text), written)) === undefined) resolve();
      });
    },
    settled: async () => {
      await last;
      return problem;
    },
  };
};

/** Progress, warnings and faults. */
export const toStderr = outletTo(() => process.stderr);

/** Results. */
export const toStdout = outletTo(() => process.stdout);
