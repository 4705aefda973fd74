/** The thread that runs `madeReady`. */
import { parentPort, workerData } from "node:worker_threads";
import { type Parcel, shareIn } from "../workers/index.js";
import { madeReady, type ReadyJob } from "./ready.js";

const { take, outgrown } = shareIn(workerData);

parentPort?.on("message", ({ index, content }: Parcel<ReadyJob>) => {
  const ready = madeReady(content, take);
  parentPort?.postMessage({ index, content: ready, outgrown: outgrown() });
});
