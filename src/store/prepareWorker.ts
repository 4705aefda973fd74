/** The thread that runs `prepared`. */
import { parentPort } from "node:worker_threads";
import { vectorResample } from "../pictures/index.js";
import type { Parcel } from "../workers/index.js";
import { type PrepareJob, prepared } from "./prepare.js";

const prepare = prepared(await vectorResample());

parentPort?.on("message", ({ index, content }: Parcel<PrepareJob>) => {
  const images = prepare(content);
  const { buffer } = images.data as Float32Array<ArrayBuffer>;
  parentPort?.postMessage({ index, content: images }, [buffer]);
});
