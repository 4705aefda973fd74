/** The thread that runs `madeReady`. */
import { parentPort } from "node:worker_threads";
import type { Parcel } from "../workers/index.js";
import { madeReady, type ReadyJob } from "./ready.js";

parentPort?.on("message", ({ index, content }: Parcel<ReadyJob>) => {
  parentPort?.postMessage({ index, content: madeReady(content) });
});
