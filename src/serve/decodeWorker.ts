/** The thread that runs `decodedFor`. */
import { parentPort } from "node:worker_threads";
import type { Parcel } from "../workers/index.js";
import { type DecodingJob, decodedFor } from "./decoding.js";

parentPort?.on("message", ({ index, content }: Parcel<DecodingJob>) => {
  parentPort?.postMessage({ index, content: decodedFor(content) });
});
