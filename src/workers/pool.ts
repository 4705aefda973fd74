/**
 * Jobs over worker threads, each result in the place of its job. Where threads cannot start the jobs run here, one after the other.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { reasonOf } from "../faults/index.js";

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface Work<Job, Result> {
  /** The compiled worker below the root of the program, without extension: `store/storeWorker`. */
  readonly worker: string;
  readonly jobs: readonly Job[];
  /** What a worker does with a job: the fallback without threads. */
  readonly perform: (job: Job) => Result;
  /** The result of a job whose worker died. */
  readonly lost: (job: Job, reason: string) => Result;
  /** Number of threads; the number of cores when left out, 0 for none. */
  readonly workers?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A job on its way to a worker, and its result on the way back. */
export interface Parcel<Content> {
  readonly index: number;
  readonly content: Content;
}

/** Fewer jobs than this are done before a thread has started. */
const worthThreads = 24;

/** The compiled worker: in the same tree when this file is compiled itself, in dist when it runs from its TypeScript source. */
const workerPath = (name: string): string | undefined => {
  const here = import.meta.url;
  const path = fileURLToPath(new URL(here.endsWith(".ts") ? `../../dist/${name}.js` : `../${name}.js`, here));
  return existsSync(path) ? path : undefined;
};

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const inProcess = async <Job, Result>(work: Work<Job, Result>): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const job of work.jobs) {
    results.push(work.perform(job));
    work.onProgress?.({ done: results.length, total: work.jobs.length });
    await pause();
  }
  return results;
};

const inThreads = <Job, Result>(work: Work<Job, Result>, path: string, count: number): Promise<readonly Result[]> =>
  new Promise((resolve) => {
    const { jobs } = work;
    const results = new Map<number, Result>();
    let sent = 0;
    let living = count;
    const settle = (index: number, result: Result): void => {
      results.set(index, result);
      work.onProgress?.({ done: results.size, total: jobs.length });
    };
    const finish = (): void => {
      for (; sent < jobs.length; sent++) settle(sent, work.perform(jobs[sent] as Job));
      resolve(jobs.map((_, index) => results.get(index) as Result));
    };
    for (let thread = 0; thread < count; thread++) {
      const worker = new Worker(path);
      let current: number | undefined;
      let reason = "the decoding thread ended unexpectedly";
      const next = (): void => {
        current = sent < jobs.length ? sent++ : undefined;
        if (current === undefined) void worker.terminate();
        else worker.postMessage({ index: current, content: jobs[current] });
      };
      worker.on("message", (parcel: Parcel<Result>) => {
        settle(parcel.index, parcel.content);
        next();
      });
      worker.on("error", (thrown) => {
        reason = reasonOf(thrown);
      });
      worker.on("exit", () => {
        if (current !== undefined) settle(current, work.lost(jobs[current] as Job, reason));
        living -= 1;
        if (living === 0) finish();
      });
      next();
    }
  });

/** Performs every job, in threads where that pays. Never rejects for a job's sake: a job whose worker died gets `lost`. */
export const performAll = <Job, Result>(work: Work<Job, Result>): Promise<readonly Result[]> => {
  const wanted = Math.min(work.workers ?? availableParallelism(), work.jobs.length);
  const path = workerPath(work.worker);
  return path === undefined || wanted < 1 || work.jobs.length < worthThreads ? inProcess(work) : inThreads(work, path, wanted);
};
