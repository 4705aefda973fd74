/** The thread that runs `madeReady`. */
import { parentPort, workerData } from "node:worker_threads";
import { vectorResample } from "../pictures/index.js";
import { type Parcel, saysReady, shareIn } from "../workers/index.js";
import { madeReady, type ReadyJob } from "./ready.js";

const { take, outgrown } = shareIn(workerData);
const resampled = await vectorResample();

parentPort?.on("message", ({ index, content }: Parcel<ReadyJob>) => {
  const ready = madeReady(content, take, resampled);
  parentPort?.postMessage({ index, content: ready, outgrown: outgrown() });
});
saysReady();
