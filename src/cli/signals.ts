/**
 * What ends the program from outside of its course: signals, and its own mistakes. Work that can save what it has done is asked
 * to; where there is none, a signal ends the process as it does any other, and a mistake ends it with 1.
 */
import { mistakeLine } from "./mistake.js";
import { say, stopBars } from "./output.js";

/** Ctrl-C; a supervisor's; a terminal that is closed. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof signals)[number];

/** How many pieces of work there are that ask whether to stop. */
let saving = 0;
let asked = false;
let mistaken = false;

/** What a first signal is told, and what it starts. */
export interface Answer {
  readonly words: string;
  readonly act: () => void;
}

const usual: Answer = { words: "finishing this step and saving", act: () => {} };
let answer = usual;

/** After a mistake nothing can be relied on, a step that ends included. */
const mistakenPatience = 60_000;

const dieOf = (signal: Signal): void => {
  stopBars();
  process.removeListener(signal, onSignal);
  process.kill(process.pid, signal);
};

const endWith = (code: number): void => {
  stopBars();
  process.exit(code);
};

// A terminal that closes may send two signals, and a supervisor another after it: only a second Ctrl-C means "at once".
function onSignal(signal: Signal): void {
  if (asked) {
    if (signal === "SIGINT") endWith(130);
  } else if (saving === 0) dieOf(signal);
  else {
    asked = true;
    say(`\nmdr: ${answer.words}; press Ctrl-C again to end at once`);
    answer.act();
  }
}

const onMistake = (thrown: unknown): void => {
  if (mistaken) return;
  mistaken = true;
  asked = true;
  process.exitCode = 1;
  say(`${saving === 0 ? "" : "\n"}mdr: ${mistakeLine(thrown)}`);
  if (saving === 0) endWith(1);
  else {
    answer.act();
    setTimeout(() => endWith(1), mistakenPatience).unref();
  }
};

/** Listens from now on to the end of the process. */
export const watchForEnds = (): void => {
  for (const signal of signals) process.on(signal, onSignal);
  // Rejections that nothing handles come as exceptions too.
  process.on("uncaughtException", onMistake);
};

/** Whether something was thrown that nothing caught. */
export const wasMistaken = (): boolean => mistaken;

/** For work that saves: `requested` once it should stop, by a signal or a mistake elsewhere. A second Ctrl-C ends the process at once. */
export const interruption = (answered: Answer = usual): { readonly requested: () => boolean; readonly forget: () => void } => {
  saving += 1;
  answer = answered;
  return {
    requested: () => asked,
    forget: () => {
      saving -= 1;
      answer = usual;
    },
  };
};
