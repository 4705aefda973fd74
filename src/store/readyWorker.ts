/** The thread that runs `madeReady`. */
import { parentPort, workerData } from "node:worker_threads";
import { type Parcel, shareIn } from "../workers/index.js";
import { madeReady, type ReadyJob } from "./ready.js";

const take = shareIn(workerData);

parentPort?.on("message", ({ index, content }: Parcel<ReadyJob>) => {
  parentPort?.postMessage({ index, content: madeReady(content, take) });
});
