/** A wasm engine that stays open between two calls from the test. */
import { wasmEngine } from "mdr-ts";
import { right } from "./backends.js";

/** @type {import("mdr-ts").WasmEngine[]} */
const engines = [];

/** @param {import("mdr-ts").WasmOptions} options */
export const open = async (options) => {
  engines.push(right(await wasmEngine(options)()));
};

export const close = async () => {
  for (const engine of engines) right(await engine.close());
};
