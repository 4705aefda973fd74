/**
 * Jobs over worker threads. Where threads cannot start the jobs run here, one after the other: none is given to a thread that does not listen
 * yet, so that what it ends of is not laid at a job's door.
 */
import { availableParallelism } from "node:os";
import { reasonOf } from "../faults/index.js";
import { allowanceOf } from "./allowance.js";
import { workerPath } from "./path.js";
import { isReady } from "./ready.js";
import { threadOf } from "./thread.js";

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface Work<Job, Result> {
  /** The compiled worker below the root of the program, without extension: `store/readyWorker`. */
  readonly worker: string;
  readonly jobs: readonly Job[];
  /** What a worker does with a job: the fallback without threads. */
  readonly perform: (job: Job) => Result;
  /** The result of a job whose worker died. */
  readonly lost: (job: Job, reason: string) => Result;
  /** Number of threads; the number of cores when left out, 0 for none. */
  readonly workers?: number | undefined;
  /** Bytes that the threads may take together (`shareIn`); without a bound when left out. */
  readonly allowance?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** The number of a job that somebody waits for: it is begun before its turn. Asked until it knows of none. */
  readonly urgent?: (() => number | undefined) | undefined;
  /** Once true no further job is begun. */
  readonly stopped?: (() => boolean) | undefined;
}

/** Takes the result of job `index`, in the order in which they are done; a thread gets its next job when this has returned. */
export type Take<Result> = (result: Result, index: number) => void;

/** A job on its way to a worker, and its result on the way back. */
export interface Parcel<Content> {
  readonly index: number;
  readonly content: Content;
  /** On the way back: the thread keeps more memory than its even part, and another one should take its place. */
  readonly outgrown?: boolean;
}

/** Fewer jobs than this are done before a thread has started. */
const worthThreads = 24;

/** The jobs in the order in which they are begun, each once. */
interface Turns {
  /** Undefined when there are no more, or no more are wanted. */
  readonly next: () => number | undefined;
  readonly hasMore: () => boolean;
}

const turnsOf = <Job, Result>({ jobs, urgent, stopped }: Work<Job, Result>): Turns => {
  const begun = new Uint8Array(jobs.length);
  let count = 0;
  let first = 0;
  const hasMore = (): boolean => count < jobs.length && stopped?.() !== true;
  const begin = (index: number): number => {
    begun[index] = 1;
    count += 1;
    return index;
  };
  return {
    hasMore,
    next: () => {
      if (!hasMore()) return undefined;
      for (let index = urgent?.(); index !== undefined; index = urgent?.()) if (begun[index] === 0) return begin(index);
      while (begun[first] === 1) first += 1;
      return begin(first);
    },
  };
};

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const inProcess = async <Job, Result>(work: Work<Job, Result>, take: Take<Result>): Promise<void> => {
  const turns = turnsOf(work);
  let done = 0;
  for (let index = turns.next(); index !== undefined; index = turns.next()) {
    take(work.perform(work.jobs[index] as Job), index);
    done += 1;
    work.onProgress?.({ done, total: work.jobs.length });
    await pause();
  }
};

const inThreads = <Job, Result>(work: Work<Job, Result>, take: Take<Result>, path: string, count: number): Promise<void> =>
  new Promise((resolve) => {
    const { jobs } = work;
    const allowance = work.allowance === undefined ? undefined : allowanceOf(work.allowance, count);
    const turns = turnsOf(work);
    let done = 0;
    let living = count;
    const settle = (index: number, result: Result): void => {
      take(result, index);
      done += 1;
      work.onProgress?.({ done, total: jobs.length });
    };
    const finish = (): void => {
      for (let index = turns.next(); index !== undefined; index = turns.next()) settle(index, work.perform(jobs[index] as Job));
      resolve();
    };
    const start = (thread: number): void => {
      const worker = threadOf(path, { workerData: allowance === undefined ? {} : { allowance: allowance.shareOf(thread) } });
      let current: number | undefined;
      let replaced = false;
      let reason = "the thread ended unexpectedly";
      const next = (): void => {
        current = turns.next();
        if (current === undefined) void worker.terminate();
        else worker.postMessage({ index: current, content: jobs[current] });
      };
      worker.on("message", (parcel: Parcel<Result>) => {
        if (isReady(parcel)) {
          next();
          return;
        }
        settle(parcel.index, parcel.content);
        if (parcel.outgrown === true && turns.hasMore()) {
          current = undefined;
          replaced = true;
          void worker.terminate();
        } else next();
      });
      worker.on("error", (thrown) => {
        reason = reasonOf(thrown);
      });
      worker.on("exit", () => {
        allowance?.reclaim(thread);
        if (current !== undefined) settle(current, work.lost(jobs[current] as Job, reason));
        if (replaced) start(thread);
        else {
          living -= 1;
          if (living === 0) finish();
        }
      });
    };
    for (let thread = 0; thread < count; thread++) start(thread);
  });

/**
 * Performs every job, in threads where that pays, and hands over each result as it comes: no more of them are held than there are
 * threads. Never rejects for a job's sake: a job whose worker died gets `lost`.
 */
export const performEach = <Job, Result>(work: Work<Job, Result>, take: Take<Result>): Promise<void> => {
  const wanted = Math.min(work.workers ?? availableParallelism(), work.jobs.length);
  const path = workerPath(work.worker);
  return path === undefined || wanted < 1 || work.jobs.length < worthThreads ? inProcess(work, take) : inThreads(work, take, path, wanted);
};

/** All results, each in the place of its job. */
export const performAll = async <Job, Result>(work: Work<Job, Result>): Promise<readonly Result[]> => {
  const results = new Map<number, Result>();
  await performEach(work, (result, index) => {
    results.set(index, result);
  });
  return work.jobs.map((_, index) => results.get(index) as Result);
};
