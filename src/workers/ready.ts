/** That a worker thread listens: said there, and known here. */
import { parentPort } from "node:worker_threads";

const ready = "ready";

/** In the thread: that it listens. */
export const saysReady = (): void => parentPort?.postMessage(ready);

/** Whether a message is that. */
export const isReady = (message: unknown): boolean => message === ready;
