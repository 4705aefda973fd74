/**
 * A cell in a process of its own: a step keeps a process from hearing anything, and a queue forgets whom it does not hear; so the parent
 * speaks to the queue while the child computes. A child without a parent ends at once: its last checkpoint is on the disk.
 */
import { fork } from "node:child_process";
import { failed, reasonOf } from "../faults/index.js";
import { type Order, orderSchema, type Reply, sentFault, shareSchema, wordSchema } from "./orders.js";

/** Told how much of a cell is trained, 0 to 1, and how much was before it was taken up. */
export type OnShare = (share: number, from: number) => void;

/** A cell that is being trained. */
export interface Training {
  readonly reply: Promise<Reply>;
  /** Asks it to save and end. */
  readonly stop: () => void;
  /** Ends it at once. */
  readonly kill: () => void;
}

/** The program that a child runs. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

const keptWords = 2000;

const endedWith = (code: number | null, signal: string | null, said: string): Reply => {
  const last = said.trim().split("\n").at(-1) ?? "";
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  return { kind: "failed", fault: sentFault(failed(`the process that trained it ended ${how}${last === "" ? "" : ` (${last})`}`)) };
};

/** Has a process of its own train. What it says for people goes to `onText`. */
export const trainInChild = ({ file, args }: Program, order: Order, onShare: OnShare, onText: (text: string) => void): Training => {
  // By itself: Ctrl-C in a terminal is for the worker, which asks its children to stop in its own time.
  const child = fork(file, [...args], { detached: true, execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let said = "";
  let killed = false;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-keptWords);
    onText(text);
  });
  const reply = new Promise<Reply>((resolve) => {
    let last: Reply | undefined;
    child.on("message", (message) => {
      const word = wordSchema.safeParse(message);
      if (!word.success) return;
      if (word.data.kind === "share") onShare(word.data.share, word.data.from);
      else last = word.data;
    });
    child.on("error", (error) => resolve({ kind: "failed", fault: sentFault(failed(`no process could be started: ${reasonOf(error)}`)) }));
    child.on("close", (code, signal) => resolve(killed ? { kind: "lost" } : (last ?? endedWith(code, signal, said))));
  });
  child.send(order, () => {});
  return {
    reply,
    stop: () => {
      if (child.connected) child.send({ kind: "stop" }, () => {});
    },
    kill: () => {
      killed = true;
      child.kill("SIGKILL");
    },
  };
};

/** What whoever trains in a child is told. */
export interface Told {
  readonly stopped: () => boolean;
  readonly onShare: OnShare;
}

/** Milliseconds between two words of the share. */
const sharePause = 250;

/** Takes the one order of this process, has it trained and replies. False where no parent is there to give one. */
export const obey = async (train: (order: Order, told: Told) => Promise<Reply>): Promise<boolean> => {
  const send = process.send?.bind(process);
  if (send === undefined) return false;
  const orphaned = (): never => process.exit(1);
  process.once("disconnect", orphaned);
  let asked = false;
  let next = 0;
  const order = await new Promise<Order>((resolve) => {
    process.on("message", (message) => {
      const found = orderSchema.safeParse(message);
      if (found.success) resolve(found.data);
      else asked = true;
    });
  });
  const onShare: OnShare = (share, from) => {
    if (Date.now() < next) return;
    next = Date.now() + sharePause;
    send(shareSchema.parse({ kind: "share", share, from }));
  };
  const reply = await train(order, { stopped: () => asked, onShare });
  await new Promise<void>((resolve) => send(reply, undefined, undefined, () => resolve()));
  process.removeListener("disconnect", orphaned);
  process.removeAllListeners("message");
  if (process.connected) process.disconnect();
  return true;
};
