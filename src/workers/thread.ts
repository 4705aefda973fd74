/** A worker thread's beginning. */
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * A thread of a compiled program. What this process was told of a program that was given as text (`node --input-type=module -e ..`) is not
 * for a thread, which would end of it.
 */
export const threadOf = (path: string, options: WorkerOptions = {}): Worker =>
  new Worker(path, process.execArgv.some((word) => word.startsWith("--input-type")) ? { ...options, execArgv: [] } : options);
