/** Threads that stay for jobs to come, one job each at a time; started when first needed. Idle ones hold no program back from ending. */
import type { Worker } from "node:worker_threads";
import { workerPath } from "./path.js";
import type { Parcel } from "./pool.js";
import { threadOf } from "./thread.js";

export interface Crew<Job, Result> {
  /** How many threads there may be; 0 where the caller's own does the work. */
  readonly size: number;
  /** Starts a thread for a job that is sure to come, which then finds it ready. */
  readonly start: () => void;
  /** Jobs are begun in the order of asking. What is handed over goes to the thread with its job, and is then empty here. */
  readonly ask: (job: Job, handedOver?: readonly ArrayBuffer[]) => Promise<Result>;
  /** Ends the threads; what was asked and is not done is never answered. */
  readonly close: () => Promise<void>;
}

interface Asked<Job, Result> {
  readonly job: Job;
  readonly handedOver: readonly ArrayBuffer[];
  readonly resolve: (result: Result) => void;
}

/**
 * `count` threads of the compiled worker below the root of the program. `perform` is what they do: the caller's thread does it
 * where none can start, and takes over the jobs of a thread that died; unless `lost` says what such a job comes to, for jobs that may be
 * what it died of: then another thread takes its place, and none of them is done twice.
 */
export const openCrew = <Job, Result>(
  worker: string,
  count: number,
  perform: (job: Job) => Result,
  lost?: (job: Job) => Result,
): Crew<Job, Result> => {
  const path = workerPath(worker);
  if (path === undefined || count < 1)
    return {
      size: 0,
      start: () => undefined,
      ask: (job) => Promise.resolve().then(() => perform(job)),
      close: () => Promise.resolve(),
    };
  const waiting: Asked<Job, Result>[] = [];
  const idle: ((asked: Asked<Job, Result>) => void)[] = [];
  const threads: Worker[] = [];
  let dead = 0;
  let closed = false;
  const dispatch = (): void => {
    if (dead === count) for (const { job, resolve } of waiting.splice(0)) resolve(perform(job));
    if (idle.length < waiting.length && threads.length < count) start();
    while (idle.length > 0 && waiting.length > 0) idle.shift()?.(waiting.shift() as Asked<Job, Result>);
  };
  const start = (): void => {
    const thread = threadOf(path);
    let current: Asked<Job, Result> | undefined;
    const begin = (asked: Asked<Job, Result>): void => {
      current = asked;
      thread.ref();
      thread.postMessage({ index: 0, content: asked.job } satisfies Parcel<Job>, asked.handedOver);
    };
    thread.on("message", ({ content }: Parcel<Result>) => {
      const done = current;
      current = undefined;
      done?.resolve(content);
      // A thread that is being ended is waited for: let go now, it would let the program end before.
      if (closed) return;
      thread.unref();
      idle.push(begin);
      dispatch();
    });
    // What it died of does not matter: its job is done here.
    thread.on("error", () => undefined);
    thread.on("exit", () => {
      const place = idle.indexOf(begin);
      if (place >= 0) idle.splice(place, 1);
      if (lost === undefined) {
        dead += 1;
        if (current !== undefined) waiting.unshift(current);
      } else {
        threads.splice(threads.indexOf(thread), 1);
        current?.resolve(lost(current.job));
      }
      current = undefined;
      if (!closed) dispatch();
    });
    thread.unref();
    threads.push(thread);
    idle.push(begin);
  };
  return {
    size: count,
    start: () => {
      if (threads.length === 0) start();
    },
    ask: (job, handedOver = []) =>
      new Promise((resolve) => {
        waiting.push({ job, handedOver, resolve });
        dispatch();
      }),
    close: async () => {
      closed = true;
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
};
