/**
 * Memory that threads share out among themselves: each takes what its job needs before it begins and waits while others have it, in
 * the order of asking. So that the sum of all stays within a bound, however large single jobs are.
 */
import { totalmem } from "node:os";

/** Waits until so many bytes are free; returns what gives them back. More than there is in all counts as all of it. */
export type Take = (bytes: number) => () => void;

/** For who works alone. */
export const unshared: Take = () => () => {};

/** What a thread works with. */
export interface Share {
  readonly take: Take;
  /** It took more than an even part of all. The system gets that back with the thread's end and not before: it does no other job. */
  readonly outgrown: () => boolean;
}

/** What a thread is told of the allowance when it starts. */
export interface AllowanceShare {
  readonly state: Int32Array<SharedArrayBuffer>;
  /** Its number among the threads, from 0. */
  readonly thread: number;
}

// In kibibytes, so that two tebibytes can be counted: who is next, what is free, what there is, and what each thread has.
const [turn, free, all, first] = [0, 1, 2, 3] as const;
const unit = 1024;

const give = (state: Int32Array<SharedArrayBuffer>, thread: number): void => {
  Atomics.add(state, free, Atomics.exchange(state, first + thread, 0));
  Atomics.notify(state, free);
};

const leaveTurn = (state: Int32Array<SharedArrayBuffer>): void => {
  Atomics.store(state, turn, 0);
  Atomics.notify(state, turn, 1);
};

/** A thread's share: what it took before it takes again it has no more. Blocks the thread, and so is not for the main one. */
export const shareOf = ({ state, thread }: AllowanceShare): Share => {
  const even = Atomics.load(state, all) / (state.length - first);
  let largest = 0;
  const take: Take = (bytes) => {
    largest = Math.max(largest, bytes / unit);
    // An outgrown thread still has what it took first: who waits while it has all would wait for ever.
    give(state, thread);
    const wanted = Math.min(Math.ceil(bytes / unit), Atomics.load(state, all));
    // One waits for memory at a time, the others wait for their turn: small jobs do not keep slipping past a large one.
    for (let other = 1; other !== 0; ) {
      other = Atomics.compareExchange(state, turn, 0, thread + 1);
      if (other !== 0) Atomics.wait(state, turn, other);
    }
    for (let there = Atomics.load(state, free); there < wanted; there = Atomics.load(state, free)) Atomics.wait(state, free, there);
    Atomics.sub(state, free, wanted);
    Atomics.store(state, first + thread, wanted);
    leaveTurn(state);
    // What an outgrown thread leaves behind is there until it ends, so that only then others may have it.
    return () => {
      if (largest <= even) give(state, thread);
    };
  };
  return { take, outgrown: () => largest > even };
};

export interface Allowance {
  readonly shareOf: (thread: number) => AllowanceShare;
  /** For a thread that ended with what it had: gives that back, and its turn. */
  readonly reclaim: (thread: number) => void;
}

/** So many bytes for so many threads. */
export const allowanceOf = (bytes: number, threads: number): Allowance => {
  const state = new Int32Array(new SharedArrayBuffer(4 * (first + threads)));
  const units = Math.max(1, Math.floor(Math.min(bytes, 2 ** 40) / unit));
  state[free] = units;
  state[all] = units;
  return {
    shareOf: (thread) => ({ state, thread }),
    reclaim: (thread) => {
      give(state, thread);
      if (Atomics.load(state, turn) === thread + 1) leaveTurn(state);
    },
  };
};

/** A thread's share, as it comes with `workerData`; alone where there is none. */
export const shareIn = (workerData: unknown): Share =>
  typeof workerData === "object" && workerData !== null && "allowance" in workerData
    ? shareOf(workerData.allowance as AllowanceShare)
    : { take: unshared, outgrown: () => false };

/**
 * What threads may take together where nobody says otherwise: a quarter of the machine's memory, or of what it lets this process have.
 * The system's allocator keeps about as much again for a while.
 */
export const usualAllowance = (): number => {
  const constrained = process.constrainedMemory?.() ?? 0;
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.max(memory / 4, 512 * 2 ** 20);
};
