/** Every engine by one name, and what a page does with the results of the library. */
import { gpuEngine, referenceEngine, someEngine, wasmEngine } from "mdr-ts";

/** @typedef {"reference" | "wasm" | import("mdr-ts").GpuBackend} BackendName */
/** @typedef {{ readonly info: import("mdr-ts").EngineInfo, readonly engine: import("mdr-ts").SomeEngine, readonly close: () => Promise<void> }} Open */

/** @template A @param {{ readonly _tag: "Left", readonly left: { readonly message: string } } | { readonly _tag: "Right", readonly right: A }} either */
export const right = (either) => {
  if (either._tag === "Left") throw new Error(either.left.message);
  return either.right;
};

/** @template T @param {import("mdr-ts").Engine<T>} engine @returns {Open} */
const open = (engine) => ({
  info: engine.info,
  engine: someEngine(engine),
  close: async () => right(await engine.close()),
});

/** The engine, or why this browser does not have it. @param {BackendName} backend @returns {Promise<Open | { readonly reason: string }>} */
export const openBackend = async (backend) => {
  if (backend === "reference") return open(referenceEngine);
  if (backend === "wasm") return open(right(await wasmEngine({ threads: 2 })()));
  const gpu = await gpuEngine(backend)();
  return gpu._tag === "Left" ? { reason: gpu.left.message } : open(gpu.right);
};
