/** The thread that runs `drawFile`. */
import { parentPort } from "node:worker_threads";
import { type Parcel, saysReady } from "../../workers/index.js";
import { type DrawingJob, drawFile } from "./drawing.js";

parentPort?.on("message", ({ index, content }: Parcel<DrawingJob>) => {
  parentPort?.postMessage({ index, content: drawFile(content) });
});
saysReady();
