/** A table that is drawn over itself on a terminal, with lines for good above it; elsewhere each drawing that is for good is printed. */
import { clearScreenDown, moveCursor } from "node:readline";
import { say } from "./output.js";

export interface Screen {
  /** `forGood`: something ended since the last drawing. */
  readonly draw: (lines: readonly string[], forGood: boolean) => void;
  /** A line that stays above the table. */
  readonly note: (line: string) => void;
}

/** Milliseconds between two drawings that are not for good. */
const pause = 250;

/** What fits: a line that is broken in two, or a table that scrolls, could not be drawn over. */
const fitting = (lines: readonly string[], { columns = 80, rows = 24 }: { readonly columns?: number; readonly rows?: number }) => {
  const most = Math.max(2, rows - 1);
  const shown = lines.length <= most ? lines : [...lines.slice(0, most - 1), `... and ${lines.length - most + 1} lines more`];
  return shown.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
};

const onTerminal = (terminal: NodeJS.WriteStream): Screen => {
  let drawn = 0;
  let last: readonly string[] = [];
  let next = 0;
  const wipe = (): void => {
    if (drawn === 0) return;
    moveCursor(terminal, 0, -drawn);
    clearScreenDown(terminal);
    drawn = 0;
  };
  const put = (lines: readonly string[]): void => {
    const fit = fitting(lines, terminal);
    wipe();
    for (const line of fit) say(line);
    drawn = fit.length;
  };
  return {
    draw: (lines, forGood) => {
      last = lines;
      if (!forGood && Date.now() < next) return;
      next = Date.now() + pause;
      put(lines);
    },
    note: (line) => {
      wipe();
      say(line);
      put(last);
    },
  };
};

/** On standard error, as all that is no result. */
export const screen = (terminal: NodeJS.WriteStream = process.stderr): Screen =>
  terminal.isTTY === true
    ? onTerminal(terminal)
    : {
        draw: (lines, forGood) => {
          if (forGood) for (const line of lines) say(line);
        },
        note: say,
      };
