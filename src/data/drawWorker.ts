/** The thread that runs `drawFile`. */
import { parentPort } from "node:worker_threads";
import { type DrawingJob, drawFile } from "./generated/drawing.js";
import type { Parcel } from "./pool.js";

parentPort?.on("message", ({ index, content }: Parcel<DrawingJob>) => {
  parentPort?.postMessage({ index, content: drawFile(content) });
});
