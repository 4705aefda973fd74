/**
 * A terminal that vanishes under the program. At its end Node sets every terminal back as it found it, and aborts (code 134) where
 * one is gone: a file descriptor that is closed by then is left in peace.
 */
import { closeSync } from "node:fs";
import { isatty } from "node:tty";

/** Remembers which of the three streams are terminals, and at the end closes those that are none any more. */
export const watchTerminals = (): void => {
  const terminals = [0, 1, 2].filter(isatty);
  process.on("exit", () => {
    for (const one of terminals) if (!isatty(one)) closeSync(one);
  });
};
