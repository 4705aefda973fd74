/** The thread that counts. */
import { parentPort } from "node:worker_threads";
import type { Parcel } from "../workers/index.js";
import { called } from "./calling.js";
import type { Call } from "./frame.js";

parentPort?.on("message", ({ index, content }: Parcel<Call>) => {
  parentPort?.postMessage({ index, content: called(content) } satisfies Parcel<null>);
});
