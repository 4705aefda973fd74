/** The thread that runs `storeImage`. */
import { parentPort } from "node:worker_threads";
import type { Parcel } from "../workers/index.js";
import { type StoreJob, storeImage } from "./store.js";

parentPort?.on("message", ({ index, content }: Parcel<StoreJob>) => {
  parentPort?.postMessage({ index, content: storeImage(content) });
});
